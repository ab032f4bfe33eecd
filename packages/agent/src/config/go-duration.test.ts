import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatGoDuration, parseGoDuration } from './go-duration.ts';

test.each([
  ['0', 0],
  ['30s', 30_000],
  ['1h2m3.5s', 3_723_500],
  ['-1.5h', -5_400_000],
  ['100ms', 100],
  ['.5s', 500],
  ['1us', 0.001],
  ['1.5h30m', 7_200_000],
  ['72h0m0s', 259_200_000],
])('reads %s as %d ms', (text, ms) => {
  expect(parseGoDuration(text)).toBe(ms);
});

test.each(['', '30', 'abc', '1d', '1h 2m', 's', '.s', '1..5s', '--1s', '99999999999h', '1s2'])(
  'refuses "%s"',
  (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  },
);

test.each([
  [0, '0s'],
  [100, '100ms'],
  [1_500, '1.5s'],
  [60_000, '1m0s'],
  [259_200_000, '72h0m0s'],
  [0.25, '250µs'],
  [-30_000, '-30s'],
])('writes %d ms as Go does: %s', (ms, text) => {
  expect(formatGoDuration(ms)).toBe(text);
});

test('what is written reads back to the same whole milliseconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
      expect(parseGoDuration(formatGoDuration(ms))).toBeCloseTo(ms, 3);
    }),
  );
});
