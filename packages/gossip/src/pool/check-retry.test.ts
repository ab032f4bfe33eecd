import { expect, test } from 'vitest';
import type { RetryOptions } from '../retry.ts';
import { requireRetry } from './check-retry.ts';

test.each([
  [{}],
  [{ maxAttempts: 1, minDelayMs: 1, maxDelayMs: 1 }],
  [{ maxAttempts: Number.POSITIVE_INFINITY }],
  [{ minDelayMs: undefined }],
])('%j is allowed', (retry) => {
  expect(() => requireRetry(retry as RetryOptions)).not.toThrow();
});

test.each([
  [true, 'retry is true; allowed: an object with any of maxAttempts, minDelayMs, maxDelayMs'],
  [5, 'retry is 5; allowed: an object with any of maxAttempts, minDelayMs, maxDelayMs'],
  [{ maxAttempts: 0 }, 'retry.maxAttempts is 0; allowed: a whole number from 1, or Infinity'],
  [{ maxAttempts: '3' }, 'retry.maxAttempts is "3"; allowed: a whole number from 1, or Infinity'],
  [{ maxDelayMs: Number.NaN }, 'retry.maxDelayMs is NaN; allowed: 1 to 604800000 milliseconds'],
  [
    { maxAttempt: 3, minDelayMs: -1 },
    'retry.maxAttempt is not an option; did you mean maxAttempts?; retry.minDelayMs is -1; allowed: 1 to 604800000 milliseconds',
  ],
])('%j is refused with all that is wrong with it', (retry, message) => {
  expect(() => requireRetry(retry as RetryOptions)).toThrow(
    expect.objectContaining({ code: 'GOSSIP_ARGUMENT', message }),
  );
});
