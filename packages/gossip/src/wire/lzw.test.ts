import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lzwDecode, lzwEncode } from './lzw.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const text = Buffer.from('TOBEORNOTTOBEORTOBEORNOT');
const withClear = '00a93c1152e48914274fa80824687061c183090302';
const withoutClear = '549e0829f2448a932754041234b8b0e0c1840101';
const noLimit = { outputBytesMax: 64 * 1024 * 1024 };

/** Pseudo-random bytes, the same in every run. */
function incompressible(count: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let i = 0; i * 32 < count; i += 1) blocks.push(createHash('sha256').update(`${i}`).digest());
  return Buffer.concat(blocks).subarray(0, count);
}

/** Packs codes of growing width, without the rules of an encoder. */
function packCodes(codes: readonly number[], widthAt: (index: number) => number): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let bitCount = 0;
  for (const [index, code] of codes.entries()) {
    bits |= code << bitCount;
    bitCount += widthAt(index);
    for (; bitCount >= 8; bitCount -= 8, bits >>>= 8) bytes.push(bits & 0xff);
  }
  if (bitCount > 0) bytes.push(bits & 0xff);
  return Uint8Array.from(bytes);
}

test('writes the bytes that a real peer writes', () => {
  expect(hex(lzwEncode(text))).toBe(withClear);
});

test('reads streams with and without a leading clear code', () => {
  expect(hex(lzwDecode(Buffer.from(withClear, 'hex'), noLimit))).toBe(hex(text));
  expect(hex(lzwDecode(Buffer.from(withoutClear, 'hex'), noLimit))).toBe(hex(text));
});

test('an empty input compresses to a clear and an end code', () => {
  expect(hex(lzwEncode(new Uint8Array(0)))).toBe('000302');
  expect(lzwDecode(Buffer.from('000302', 'hex'), noLimit)).toHaveLength(0);
});

test('decoding undoes encoding', () => {
  const repetitive = fc
    .array(fc.integer({ min: 0, max: 3 }), { maxLength: 3000 })
    .map((list) => Uint8Array.from(list));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 3000 }), repetitive), (bytes) => {
      expect(hex(lzwDecode(lzwEncode(bytes), noLimit))).toBe(hex(bytes));
    }),
  );
});

test.each([255, 256, 257, 511, 3836, 3837, 3838, 3839, 3840, 7676, 30_000, 300_000])(
  'decoding undoes encoding of %d bytes without a pattern, of one byte repeated, and of both mixed',
  (count) => {
    const noise = incompressible(count);
    const same = Buffer.alloc(count, 0x61);
    const mixed = noise.map((byte, i) => (i % 3 === 0 ? byte : 0x61));
    for (const bytes of [noise, same, mixed]) {
      expect(Buffer.from(lzwDecode(lzwEncode(bytes), noLimit)).equals(bytes)).toBe(true);
    }
  },
);

test('a table that is full and never cleared keeps its codes', () => {
  // Literals fill the table: the width grows with every power of two, then stays at 12 bits for ever.
  const literals = incompressible(6000);
  const widthAt = (index: number) => (index < 255 ? 9 : index < 767 ? 10 : index < 1791 ? 11 : 12);
  const decoded = lzwDecode(packCodes([...literals, 258, 4095, 257], widthAt), noLimit);
  const expected = [...literals, literals[0], literals[1], literals[3837], literals[3838]];
  expect(hex(decoded)).toBe(hex(Uint8Array.from(expected as number[])));
});

test('the code that is about to be defined repeats the last string and its first byte', () => {
  expect(
    hex(
      lzwDecode(
        packCodes([0x61, 258, 259, 257], () => 9),
        noLimit,
      ),
    ),
  ).toBe(hex(Buffer.from('aaaaaa')));
});

test.each([
  ['has no end code', packCodes([0x61, 0x62], () => 9), 'WIRE_TRUNCATED'],
  ['is empty', new Uint8Array(0), 'WIRE_TRUNCATED'],
  ['begins with a code that is not defined', packCodes([258, 257], () => 9), 'WIRE_MALFORMED'],
  ['skips a code', packCodes([0x61, 259, 257], () => 9), 'WIRE_MALFORMED'],
  ['uses a code from before the clear', packCodes([0x61, 0x62, 256, 258, 257], () => 9), 'WIRE_MALFORMED'],
])('a stream that %s is refused', (_what, bytes, code) => {
  expect(() => lzwDecode(bytes, noLimit)).toThrow(expect.objectContaining({ code }));
});

test('bytes after the end code are ignored', () => {
  expect(hex(lzwDecode(Buffer.from(`${withClear}ffff`, 'hex'), noLimit))).toBe(hex(text));
});

test('an output beyond the limit is refused, and one of exactly the limit is not', () => {
  const bomb = lzwEncode(Buffer.alloc(10_000_000));
  expect(bomb.length).toBeLessThan(20_000);
  expect(() => lzwDecode(bomb, { outputBytesMax: 9_999_999 })).toThrow(
    expect.objectContaining({ code: 'WIRE_LIMIT' }),
  );
  expect(lzwDecode(bomb, { outputBytesMax: 10_000_000 })).toHaveLength(10_000_000);
  expect(() => lzwDecode(lzwEncode(text), { outputBytesMax: 0 })).toThrow(
    expect.objectContaining({ code: 'WIRE_LIMIT' }),
  );
});
