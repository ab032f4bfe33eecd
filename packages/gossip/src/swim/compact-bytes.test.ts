import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, compactBytes, isCompact } from './compact-bytes.ts';

test('what is kept gives the same bytes back, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600, size: 'max' }), (bytes) => {
      expect([...bytesOf(compactBytes(bytes))]).toEqual([...bytes]);
      expect(isCompact(bytes, compactBytes(bytes))).toBe(true);
    }),
  );
});

test('keeps a part of a larger array, and a copy of it', () => {
  const all = Uint8Array.of(1, 2, 3, 255);
  const text = compactBytes(all.subarray(1));
  all.fill(0);
  expect([...bytesOf(text)]).toEqual([2, 3, 255]);
});

test('other bytes, fewer or more are not those that are kept', () => {
  const text = compactBytes(Uint8Array.of(7, 8, 200));
  for (const other of [[7, 8, 201], [7, 8], [7, 8, 200, 0], []]) {
    expect(isCompact(Uint8Array.from(other), text)).toBe(false);
  }
});
