import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastTimeMs, timeOf, timeText } from './time-text.ts';

test('a time has the text that ISO 8601 gives it, and comes back from it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: lastTimeMs }), (ms) => {
      expect(timeText(ms)).toBe(new Date(ms).toISOString());
      expect(timeOf(timeText(ms))).toBe(ms);
    }),
  );
  expect(timeText(lastTimeMs)).toBe('9999-12-31T23:59:59.999Z');
  expect(timeOf('tomorrow')).toBeNaN();
});

test('texts of times compare as the times do', () => {
  const times = fc.integer({ min: 0, max: lastTimeMs });
  fc.assert(
    fc.property(times, times, (a, b) => {
      expect(timeText(a) < timeText(b)).toBe(a < b);
    }),
  );
});
