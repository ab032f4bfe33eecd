import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyring } from './encryption.ts';

const key = Buffer.from('0123456789abcdef');
const other = Buffer.alloc(32, 7);
const nonce = Buffer.from('000102030405060708090a0b', 'hex');
const ack = Buffer.from('0282a75061796c6f6164c0a55365714e6f07', 'hex');
const noAad = new Uint8Array(0);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Encrypts as version 0 does, with padding that may be wrong. */
function sealRawV0(padded: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const ciphertext = Buffer.concat([cipher.update(padded), cipher.final()]);
  return Buffer.concat([Uint8Array.of(0), nonce, ciphertext, cipher.getAuthTag()]);
}

test('any ring with the key opens a sealed packet', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom<0 | 1>(0, 1),
      fc.constantFrom(16, 24, 32),
      (plaintext, aad, version, keyBytes) => {
        const secret = Buffer.alloc(keyBytes, 3);
        const sealed = createKeyring([secret]).seal(plaintext, { nonce, aad, version });
        expect(sealed.length - plaintext.length).toBeGreaterThanOrEqual(29);
        expect(sealed.length - plaintext.length).toBeLessThanOrEqual(version === 0 ? 45 : 29);
        expect(hex(createKeyring([other, secret, key]).open(sealed, { aad }))).toBe(hex(plaintext));
      },
    ),
  );
});

test('the first key of the ring seals', () => {
  const sealed = createKeyring([key, other]).seal(ack, { nonce, aad: noAad });
  expect(hex(createKeyring([key]).open(sealed, { aad: noAad }))).toBe(hex(ack));
  expect(() => createKeyring([other]).open(sealed, { aad: noAad })).toThrow(
    expect.objectContaining({ code: 'WIRE_DECRYPT', message: 'no key fits; the ring has 1' }),
  );
});

test('another label, or a single changed bit, is refused', () => {
  const ring = createKeyring([key]);
  const sealed = Buffer.from(ring.seal(ack, { nonce, aad: Buffer.from('blue') }));
  expect(() => ring.open(sealed, { aad: Buffer.from('red') })).toThrow(
    expect.objectContaining({ code: 'WIRE_DECRYPT' }),
  );
  for (let at = 1; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => ring.open(changed, { aad: Buffer.from('blue') })).toThrow(
      expect.objectContaining({ code: 'WIRE_DECRYPT' }),
    );
  }
});

test.each([
  ['empty bytes', '', 'WIRE_TRUNCATED'],
  ['28 bytes of version 1', `01${'00'.repeat(27)}`, 'WIRE_TRUNCATED'],
  ['44 bytes of version 0', `00${'00'.repeat(43)}`, 'WIRE_TRUNCATED'],
  ['version 2', `02${'00'.repeat(60)}`, 'WIRE_DECRYPT'],
])('%s are no ciphertext', (_what, sealed, code) => {
  expect(() => createKeyring([key]).open(Buffer.from(sealed, 'hex'), { aad: noAad })).toThrow(
    expect.objectContaining({ code }),
  );
});

test.each([
  ['a pad of 0', '00'.repeat(16)],
  ['a pad of 17', '11'.repeat(32)],
  ['a pad whose bytes differ', `${'00'.repeat(13)}010203`],
  ['a part of a block', '01'.repeat(17)],
])('version 0 with %s is refused although it is authentic', (_what, padded) => {
  expect(() => createKeyring([key]).open(sealRawV0(Buffer.from(padded, 'hex')), { aad: noAad })).toThrow(
    expect.objectContaining({ code: 'WIRE_MALFORMED' }),
  );
});

test.each([0, 15, 17, 33])('a key of %d bytes is refused without being shown', (length) => {
  expect(() => createKeyring([Buffer.alloc(length, 0x53)])).toThrow(
    expect.objectContaining({
      code: 'GOSSIP_OPTIONS',
      message: `an encryption key has 16, 24 or 32 bytes, not ${length}`,
    }),
  );
});

test('a ring without keys is refused', () => {
  expect(() => createKeyring([])).toThrow(expect.objectContaining({ code: 'GOSSIP_OPTIONS' }));
});

test('a ring keeps its own copy of the keys', () => {
  const mine = Buffer.from(key);
  const ring = createKeyring([mine]);
  mine.fill(0);
  expect(hex(ring.keys[0] ?? noAad)).toBe(hex(key));
  expect(hex(ring.open(ring.seal(ack, { nonce, aad: noAad }), { aad: noAad }))).toBe(hex(ack));
});
