import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeText, encodeText, textOrBytes } from './text.ts';

test('every byte string has one text, which encodes to the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(Uint8Array.from(encodeText(decodeText(bytes)))).toEqual(bytes);
    }),
    { numRuns: 1000 },
  );
});

test('well-formed UTF-8 decodes to itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(decodeText(encodeText(text))).toBe(text);
    }),
  );
  expect(decodeText(Buffer.from('a\ufffd€😀'))).toBe('a\ufffd€😀');
});

test('names that differ only in an invalid byte stay different', () => {
  expect(decodeText(Uint8Array.of(0x61, 0xe9))).toBe('a\udce9');
  expect(decodeText(Uint8Array.of(0x61, 0xe8))).not.toBe(decodeText(Uint8Array.of(0x61, 0xe9)));
  expect(textOrBytes('a\udce9')).toEqual(Buffer.of(0x61, 0xe9));
  expect(textOrBytes('aé')).toBe('aé');
});

test.each(['c080', 'eda080', 'f4908080', 'f8888080', 'e282', '80', 'f0808080'])(
  '%s is no UTF-8, every byte escapes',
  (hex) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(decodeText(bytes)).toBe(String.fromCharCode(...[...bytes].map((byte) => 0xdc00 + byte)));
  },
);
