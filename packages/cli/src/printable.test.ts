import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, printableLines } from './printable.ts';

test.each([
  ['web-1', 'web-1'],
  ['a\u001b[2Jb', 'a\\u001b[2Jb'],
  ['a\nb\r\tc', 'a\\nb\\r\\tc'],
  ['\u009b31m', '\\u009b31m'],
  ['\u202egnp.exe', '\\u202egnp.exe'],
  ['\u2066x\u2069\u200e\u061c', '\\u2066x\\u2069\\u200e\\u061c'],
  ['a\u2028b\u2029\u0085', 'a\\u2028b\\u2029\\u0085'],
  ['x\u200by\ufeffz\u00ad', 'x\\u200by\\ufeffz\\u00ad'],
  ['\u{e0041}', '\\udb40\\udc41'],
  ['\ud800', '\\ud800'],
  ['Zürich 東京 👩\u200d🚀', 'Zürich 東京 👩\u200d🚀'],
])('%j is shown as %s', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('text of several lines keeps its lines and nothing else that moves the cursor', () => {
  expect(printableLines('one\n\ttwo\r\u001b[A')).toBe('one\n\ttwo\\u000d\\u001b[A');
});

test('JSON is the same value, whatever it holds', () => {
  void fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = printableLines(JSON.stringify({ text }, undefined, 2));
      expect(JSON.parse(json)).toEqual({ text });
      expect(json).not.toMatch(/(?!\n)[\p{Cc}\u2028\u202e]/u);
    }),
  );
});
