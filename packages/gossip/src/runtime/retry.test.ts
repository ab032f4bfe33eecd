import { expect, test } from 'vitest';
import { seededRng } from '../testing/seeded-rng.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { type RetryNotice, type RetryOptions, retryDelayMs, retrying } from './retry.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Attempts that end like this one after the other; the last repeats. */
function attempts(outcomes: readonly (number | Error)[], retry: RetryOptions = {}) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const atMs: number[] = [];
  const notices: RetryNotice[] = [];
  const done = retrying(
    {
      clock,
      retry,
      attempt: async () => {
        const outcome = outcomes[Math.min(atMs.length, outcomes.length - 1)];
        atMs.push(clock.nowMs());
        if (outcome instanceof Error) throw outcome;
        return outcome ?? 0;
      },
      isEnough: (joined) => joined > 0,
      isFinal: (error) => error instanceof TypeError,
      onRetry: (notice) => notices.push(notice),
    },
    stop.signal,
  );
  done.catch(() => undefined);
  return { clock, stop, atMs, notices, done };
}

test('retries after errors and insufficient results, with doubling delays up to the longest', async () => {
  const failure = new Error('no answer');
  const { clock, atMs, notices, done } = attempts([
    failure,
    0,
    failure,
    failure,
    failure,
    failure,
    failure,
    2,
  ]);
  for (let second = 0; second < 100; second += 1) {
    await settle();
    clock.advance(1_000);
  }
  expect(await done).toBe(2);
  expect(atMs).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000]);
  expect(notices.slice(0, 2)).toEqual([
    { attempts: 1, delayMs: 1_000, error: failure },
    { attempts: 2, delayMs: 2_000, error: undefined },
  ]);
});

test.each([
  ['the error', [new Error('no answer')]],
  ['the insufficient result', [new Error('no answer'), 0]],
])('ends with %s of the last attempt', async (_, outcomes) => {
  const { clock, atMs, done } = attempts(outcomes, { maxAttempts: 2, minDelayMs: 5 });
  await settle();
  clock.advance(5);
  const last = outcomes.at(-1);
  if (last instanceof Error) await expect(done).rejects.toBe(last);
  else expect(await done).toBe(last);
  expect(atMs).toEqual([0, 5]);
});

test('does not retry a final error', async () => {
  const { done, atMs } = attempts([new TypeError('bug')]);
  await expect(done).rejects.toThrow('bug');
  expect(atMs).toHaveLength(1);
});

test('an abort during a delay rejects with its reason, and leaves no timer', async () => {
  const { clock, stop, done } = attempts([new Error('no answer')]);
  await settle();
  stop.abort(new Error('enough'));
  await expect(done).rejects.toThrow('enough');
  expect(clock.pendingCount).toBe(0);
});

test('a delay is drawn between half its bound and the bound, never below the first nor above the longest', () => {
  const rng = seededRng(7);
  const retry = { minDelayMs: 1_000, maxDelayMs: 10_000 };
  for (let i = 0; i < 200; i += 1) {
    expect(retryDelayMs(retry, 1, rng)).toBe(1_000);
    const fourth = retryDelayMs(retry, 4, rng);
    expect(fourth >= 4_000 && fourth <= 8_000).toBe(true);
    expect(retryDelayMs(retry, 2_000, rng)).toBeLessThanOrEqual(10_000);
  }
  expect(new Set(Array.from({ length: 20 }, () => retryDelayMs(retry, 4, rng))).size).toBeGreaterThan(10);
});

test('a longest delay below the first replaces it, and equal ones fix the delay', () => {
  expect(retryDelayMs({ maxDelayMs: 500 }, 3)).toBe(500);
  expect(retryDelayMs({ minDelayMs: 30_000 }, 9, seededRng(1))).toBe(30_000);
});
