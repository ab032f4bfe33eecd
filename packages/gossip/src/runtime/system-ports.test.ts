import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock, systemEntropy, systemRng } from './system-ports.ts';

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  test('wakes once, at the deadline and not before', () => {
    const clock = systemClock();
    const wakes: number[] = [];
    const deadlineMs = clock.nowMs() + 100.5;
    clock.wakeAt(deadlineMs, () => wakes.push(clock.nowMs()));
    vi.advanceTimersByTime(100);
    expect(wakes).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(wakes).toHaveLength(1);
    expect(wakes[0]).toBeGreaterThanOrEqual(deadlineMs);
  });

  test('a deadline in the past wakes soon, but not inside the call', () => {
    const clock = systemClock();
    const wakes: number[] = [];
    const wake = (): number => wakes.push(clock.nowMs());
    clock.wakeAt(clock.nowMs() - 50, wake);
    expect(wakes).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(wakes).toHaveLength(1);
  });

  test('a deadline 60 days away is neither early nor lost', () => {
    const clock = systemClock();
    const wakes: number[] = [];
    const wake = (): number => wakes.push(clock.nowMs());
    const days = 24 * 3_600_000;
    clock.wakeAt(clock.nowMs() + 60 * days, wake);
    vi.advanceTimersByTime(60 * days - 1);
    expect(wakes).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(wakes).toHaveLength(1);
  });

  test('a cancelled wake never runs, not even after the first part of a long wait', () => {
    const clock = systemClock();
    const wakes: number[] = [];
    const wake = (): number => wakes.push(clock.nowMs());
    const cancel = clock.wakeAt(clock.nowMs() + 2 ** 32, wake);
    vi.advanceTimersByTime(2 ** 31 + 10);
    cancel();
    cancel();
    vi.advanceTimersByTime(2 ** 32);
    expect(wakes).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('a pending wake keeps the process alive, unless `keepAlive` is false', () => {
  const timers = (): number =>
    process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = timers();
  const cancelQuiet = systemClock({ keepAlive: false }).wakeAt(1e12, () => undefined);
  expect(timers()).toBe(before);
  const cancelKeeping = systemClock().wakeAt(1e12, () => undefined);
  expect(timers()).toBe(before + 1);
  cancelQuiet();
  cancelKeeping();
  expect(timers()).toBe(before);
});

test('the rng stays within [0, 1)', () => {
  const rng = systemRng();
  for (let i = 0; i < 1_000; i += 1) {
    const value = rng.next();
    expect(value >= 0 && value < 1).toBe(true);
  }
});

describe('the system entropy', () => {
  test('returns the given number of bytes, also more than its pool has', () => {
    const entropy = systemEntropy();
    for (const count of [0, 1, 12, 4_095, 4_096, 4_097, 100_000]) {
      expect(entropy.bytes(count)).toHaveLength(count);
    }
  });

  test('never repeats a nonce, across many pools', () => {
    const entropy = systemEntropy();
    const nonces = new Set<string>();
    for (let i = 0; i < 5_000; i += 1) nonces.add(Buffer.from(entropy.bytes(12)).toString('hex'));
    expect(nonces.size).toBe(5_000);
  });

  test('returned bytes do not change when the pool is refilled', () => {
    const entropy = systemEntropy();
    const nonce = entropy.bytes(12);
    const before = Buffer.from(nonce).toString('hex');
    for (let i = 0; i < 1_000; i += 1) entropy.bytes(12);
    expect(Buffer.from(nonce).toString('hex')).toBe(before);
  });
});
