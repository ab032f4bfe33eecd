import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyBytesText, keyFromBytes, keyToBytes, shownKey } from './key-text.ts';

const bytes = fc.uint8Array({ maxLength: 12 });

test('every key of any bytes has a text of its own', () => {
  const utf8 = fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text));
  fc.assert(
    fc.property(fc.oneof(bytes, utf8), (key) => {
      expect([...keyToBytes(keyFromBytes(key))]).toEqual([...key]);
    }),
  );
});

test('what is UTF-8 stays as it is; another byte is a surrogate, which JSON shows as U+FFFD', () => {
  expect(keyFromBytes(new TextEncoder().encode('aü\ufffd😀'))).toBe('aü\ufffd😀');
  expect(keyFromBytes(Uint8Array.of(0x61, 0xff, 0xc3, 0xbc, 0xc3))).toBe('a\udcffü\udcc3');
  expect(shownKey('a\udcffü\udcc3')).toBe('a\ufffdü\ufffd');
});

test('keys compare by their bytes, and begin with one another as bytes do', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const [textA, textB] = [keyBytesText(keyFromBytes(a)), keyBytesText(keyFromBytes(b))];
      expect(Math.sign(Buffer.compare(a, b))).toBe(textA < textB ? -1 : textA > textB ? 1 : 0);
      expect(textA.startsWith(textB)).toBe(Buffer.from(a).subarray(0, b.length).equals(b));
    }),
  );
});

test('a sequence is UTF-8 exactly when a strict decoder takes it', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const isStrict = (sequence: Uint8Array): boolean => {
    try {
      strict.decode(sequence);
      return true;
    } catch {
      return false;
    }
  };
  const edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0];
  for (let first = 0x80; first <= 0xff; first += 1) {
    for (const second of edges) {
      for (const third of edges) {
        const sequence = Uint8Array.of(first, second, third, 0x80);
        const isBroken = /\p{Surrogate}/u.test(keyFromBytes(sequence));
        expect([first, second, third, !isBroken]).toEqual([first, second, third, isStrict(sequence)]);
      }
    }
  }
});

test('a long key of bytes that are no UTF-8 takes no longer than a moment', () => {
  const key = new Uint8Array(200_000).fill(0xff);
  const startedMs = performance.now();
  expect(Buffer.compare(keyToBytes(keyFromBytes(key)), key)).toBe(0);
  // An exception for each byte took about 10 s.
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});
