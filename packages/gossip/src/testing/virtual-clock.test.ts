import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

test('wakes run by deadline, those of one deadline in the order of their requests', () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  for (const [name, atMs] of [
    ['late', 30],
    ['first', 10],
    ['second', 10],
    ['third', 10],
    ['middle', 20],
  ] as const) {
    clock.wakeAt(atMs, () => log.push(`${name} at ${clock.nowMs()}`));
  }
  clock.advance(25);
  expect(log).toEqual(['first at 10', 'second at 10', 'third at 10', 'middle at 20']);
  expect(clock.nowMs()).toBe(25);
  expect(clock.pendingCount).toBe(1);
});

test('a wake may request further wakes, which run in the same move', () => {
  const clock = new VirtualClock({ startMs: 5 });
  const seen: number[] = [];
  const tick = (): void => {
    seen.push(clock.nowMs());
    clock.wakeAt(clock.nowMs() + 10, tick);
  };
  clock.wakeAt(5, tick);
  clock.runUntil(35);
  expect(seen).toEqual([5, 15, 25, 35]);
});

test('a deadline in the past means now, and never runs within the request', () => {
  const clock = new VirtualClock({ startMs: 100 });
  const seen: number[] = [];
  clock.wakeAt(1, () => seen.push(clock.nowMs()));
  expect(seen).toEqual([]);
  clock.advance(0);
  expect(seen).toEqual([100]);
});

test('running to the next wake runs exactly one and returns false when there is none', () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  clock.wakeAt(7, () => log.push('a'));
  clock.wakeAt(7, () => log.push('b'));
  expect(clock.runToNextWake()).toBe(true);
  expect([log, clock.nowMs()]).toEqual([['a'], 7]);
  expect(clock.runToNextWake()).toBe(true);
  expect(clock.runToNextWake()).toBe(false);
  expect(log).toEqual(['a', 'b']);
});

test('cancelling is final, may be repeated, and is harmless after the wake', () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  const cancel = clock.wakeAt(1, () => log.push('cancelled'));
  const cancelLater = clock.wakeAt(1, () => log.push('ran'));
  cancel();
  cancel();
  clock.advance(1);
  cancelLater();
  expect(log).toEqual(['ran']);
  expect(clock.pendingCount).toBe(0);
});

test('an instant that never ends is an error with the time in it, not a hang', () => {
  const clock = new VirtualClock({ wakesPerInstantMax: 1_000 });
  const again = (): void => {
    clock.wakeAt(clock.nowMs(), again);
  };
  clock.wakeAt(3, again);
  expect(() => clock.advance(10)).toThrow('more than 1000 wakes at 3 ms');
});

test('time never goes back, and a wake cannot move it', () => {
  const clock = new VirtualClock({ startMs: 10 });
  expect(() => clock.runUntil(9)).toThrow('cannot go back');
  expect(() => clock.advance(Number.NaN)).toThrow(RangeError);
  expect(() => clock.wakeAt(Number.NaN, () => undefined)).toThrow(RangeError);
  clock.wakeAt(11, () => clock.advance(1));
  expect(() => clock.advance(5)).toThrow('a wake cannot move the clock');
});

test('the error of a wake reaches the caller that moved the clock and may go on', () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  clock.wakeAt(1, () => {
    throw new Error('boom');
  });
  clock.wakeAt(2, () => log.push('next'));
  expect(() => clock.advance(5)).toThrow('boom');
  clock.advance(5);
  expect(log).toEqual(['next']);
});

test('any mix of wakes and cancellations runs what a sorted list would', () => {
  const request = fc.record({ atMs: fc.integer({ min: 0, max: 50 }), isCancelled: fc.boolean() });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 300 }), (requests) => {
      const clock = new VirtualClock();
      const ran: number[] = [];
      const cancels = requests.map(({ atMs }, index) => clock.wakeAt(atMs, () => ran.push(index)));
      for (const [index, { isCancelled }] of requests.entries()) if (isCancelled) cancels[index]?.();
      const wanted = requests
        .map(({ atMs, isCancelled }, index) => ({ atMs, isCancelled, index }))
        .filter(({ isCancelled }) => !isCancelled)
        .sort((a, b) => a.atMs - b.atMs || a.index - b.index)
        .map(({ index }) => index);
      expect(clock.pendingCount).toBe(wanted.length);
      clock.advance(100);
      expect(ran).toEqual(wanted);
    }),
  );
});
