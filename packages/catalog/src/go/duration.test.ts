import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationMs, formatDuration, parseDuration } from './duration.ts';

test.each([
  ['0', 0n],
  ['+0', 0n],
  ['-0s', 0n],
  ['10s', 10_000_000_000n],
  ['15.0s', 15_000_000_000n],
  ['0.001s', 1_000_000n],
  ['1h2m3.5s', 3_723_500_000_000n],
  ['-1.5h', -5_400_000_000_000n],
  ['.5s', 500_000_000n],
  ['1.s', 1_000_000_000n],
  ['100ms', 100_000_000n],
  ['1µs1μs1us1ns', 3_001n],
  ['1m1m', 120_000_000_000n],
  ['0.0000000019s', 1n],
  ['1.0000000000000000000000000000000000001s', 1_000_000_000n],
  ['9223372036854775807ns', 9_223_372_036_854_775_807n],
  ['9223372036s854775807ns', 9_223_372_036_854_775_807n],
])('%s is %s nanoseconds', (text, ns) => {
  expect(parseDuration(text)).toBe(ns);
});

test.each([
  ['', 'time: invalid duration ""'],
  ['-', 'time: invalid duration "-"'],
  ['x', 'time: invalid duration "x"'],
  ['s', 'time: invalid duration "s"'],
  ['.s', 'time: invalid duration ".s"'],
  ['10', 'time: missing unit in duration "10"'],
  ['1.5.5s', 'time: missing unit in duration "1.5.5s"'],
  ['1s ', 'time: unknown unit "s " in duration "1s "'],
  ['3d', 'time: unknown unit "d" in duration "3d"'],
  ['--1s', 'time: invalid duration "--1s"'],
  ['1s-1s', 'time: unknown unit "s-" in duration "1s-1s"'],
  ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
  ['9999999999h', 'time: invalid duration "9999999999h"'],
])('"%s" is refused in words of Go', (text, message) => {
  expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'INPUT_VALUE', message }));
});

test.each([
  [0n, '0s'],
  [1n, '1ns'],
  [1_100n, '1.1µs'],
  [2_200_000n, '2.2ms'],
  [3_300_000_000n, '3.3s'],
  [60_000_000_000n, '1m0s'],
  [245_000_000_000n, '4m5s'],
  [245_001_000_000n, '4m5.001s'],
  [18_367_001_000_000n, '5h6m7.001s'],
  [259_200_000_000_000n, '72h0m0s'],
  [480_000_000_001n, '8m0.000000001s'],
  [9_223_372_036_854_775_807n, '2562047h47m16.854775807s'],
  [-(2n ** 63n), '-2562047h47m16.854775808s'],
])('%s nanoseconds are printed as %s', (ns, text) => {
  expect(formatDuration(ns)).toBe(text);
});

test('what is printed reads back the same', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }), (ns) => {
      expect(parseDuration(formatDuration(ns))).toBe(ns);
    }),
  );
});

test('timers get milliseconds', () => {
  expect(durationMs(1_500_000n)).toBe(1.5);
});
