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
