import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonFault } from './json-fault.ts';

test.each([
  ['{"a": 1,\n "b" 2}', 2, 6, 'expected : behind the key'],
  ['{"a": 1\n "b": 2}', 2, 2, 'expected , or }'],
  ['{"a": 1,\n}', 2, 1, 'expected a key in double quotes'],
  ['{"a": [1 2]}', 1, 10, 'expected , or ]'],
  ['{"a": [1,]}', 1, 10, 'expected a value'],
  ['{"a":\n', 2, 1, 'the text ends too early'],
  ['{"é👩": x}', 1, 8, 'expected a value'],
  ["{'a': 1}", 1, 2, 'expected a key in double quotes'],
  ['{} {}', 1, 4, 'nothing may follow the value'],
  ['{"a": "x', 1, 9, 'the string does not end'],
  ['{"a": "x,\n "b": 1}', 1, 10, 'the string does not end in its line, or holds a control character'],
  ['{"a": "C:\\data"}', 1, 10, 'there is no such escape'],
  ['// no\n{}', 1, 1, 'expected a value'],
  ['{"a": 01}', 1, 8, 'expected , or }'],
])('%j stops being JSON in line %i, column %i: %s', (text, line, column, reason) => {
  expect(() => JSON.parse(text)).toThrow();
  expect(findJsonFault(text)).toEqual({ line, column, reason });
});

test('a text has a fault exactly when JSON.parse refuses it', () => {
  const piece = fc.constantFrom(
    ...'{}[]:,"\\ \n1-.e0atnu'.split(''),
    'true',
    'null',
    '"k"',
    '"k":',
    '1.5e3',
    '\u0001',
  );
  const damaged = fc
    .tuple(fc.json(), fc.nat(), fc.nat(3), piece)
    .map(
      ([json, at, cut, text]) =>
        json.slice(0, at % (json.length + 1)) + text + json.slice((at % (json.length + 1)) + cut),
    );
  void fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        damaged,
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(findJsonFault(text) === undefined).toBe(isJson);
      },
    ),
  );
});

test('a string of millions of characters and a million brackets are judged', () => {
  expect(findJsonFault(`"${'x'.repeat(4_000_000)}"`)).toBeUndefined();
  expect(findJsonFault('['.repeat(1_000_000))).toEqual({
    line: 1,
    column: 1_000_001,
    reason: 'the text ends too early',
  });
});
