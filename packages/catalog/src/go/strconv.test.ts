import { decodeText } from '@hobnob/gossip/codec';
import { expect, test } from 'vitest';
import { parseBool, parseInt64, parseUint64, quote } from './strconv.ts';

test.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('%s is true', (text) =>
  expect(parseBool(text)).toBe(true),
);
test.each(['0', 'f', 'F', 'FALSE', 'false', 'False'])('%s is false', (text) =>
  expect(parseBool(text)).toBe(false),
);
test.each(['', 'yes', 'tRUE', ' true', '2'])('"%s" is no truth value', (text) => {
  const message = `strconv.ParseBool: parsing "${text}": invalid syntax`;
  expect(() => parseBool(text)).toThrow(expect.objectContaining({ code: 'INPUT_VALUE', message }));
});

test.each([
  ['0', 0n],
  ['-0', 0n],
  ['+5', 5n],
  ['8080', 8080n],
  ['8_080', 8080n],
  ['0x1F', 31n],
  ['-0b11', -3n],
  ['0o17', 15n],
  ['017', 15n],
  ['0_17', 15n],
  ['9223372036854775807', 9_223_372_036_854_775_807n],
  ['-9223372036854775808', -9_223_372_036_854_775_808n],
])('%s is the integer %s', (text, value) => {
  expect(parseInt64(text, 64)).toBe(value);
});

test.each(['', '-', '1.5', '1e3', '0x', '08', '_1', '1_', '1__0', 'abc', ' 1', '0x_'])(
  '"%s" is no integer',
  (text) => {
    expect(() => parseInt64(text, 64)).toThrow(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  },
);

test('integers have a range', () => {
  const beyond = (call: string, text: string) => `strconv.${call}: parsing "${text}": value out of range`;
  expect(() => parseInt64('9223372036854775808', 64)).toThrow(beyond('ParseInt', '9223372036854775808'));
  expect(() => parseInt64('128', 8)).toThrow(beyond('ParseInt', '128'));
  expect(parseUint64('18446744073709551615', 64)).toBe(2n ** 64n - 1n);
  expect(() => parseUint64('9'.repeat(10_000), 64)).toThrow('value out of range');
  expect(() => parseUint64('-1', 64)).toThrow('invalid syntax');
});

test.each([
  ['plain text', '"plain text"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ['\x07\b\f\n\r\t\v\x00\x7f', '"\\a\\b\\f\\n\\r\\t\\v\\x00\\x7f"'],
  ['é 日本 😀', '"é 日本 😀"'],
  ['\u00a0\u00ad\u2028\ufeff', '"\\u00a0\\u00ad\\u2028\\ufeff"'],
  ['\u{e0001}', '"\\U000e0001"'],
  [decodeText(Uint8Array.of(0x61, 0xff, 0xc3)), '"a\\xff\\xc3"'],
])('%s is quoted as Go quotes it', (text, quoted) => {
  expect(quote(text)).toBe(quoted);
});
