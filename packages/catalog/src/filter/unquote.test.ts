import { expect, test } from 'vitest';
import { unquote } from './unquote.ts';

test.each([
  ['"plain"', 'plain'],
  ['`a\\n"b`', 'a\\n"b'],
  ['`a\r\nb`', 'a\nb'],
  ['"\\a\\b\\f\\n\\r\\t\\v\\\\"', '\x07\b\f\n\r\t\v\\'],
  ['"\\101\\x42\\u00e9\\U0001F600"', 'ABé😀'],
  ['"\\xc3\\xa9"', 'é'],
  ['"\\\\n\\\\"', '\\n\\'],
  ['"\\ud800"', '\ufffd'],
])('%s', (literal, text) => {
  expect(unquote(literal)).toBe(text);
});

test.each(['"a\nb"', '"\\"', '"\\q"', '"\\400"', '"\\x4"', '"\\u12"', '"\\U00110000"', '"\\\'"', '"a\\"'])(
  '%s is no literal',
  (literal) => {
    expect(unquote(literal)).toBeUndefined();
  },
);
