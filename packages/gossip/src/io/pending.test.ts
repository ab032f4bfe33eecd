import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { Pending, pause } from './pending.ts';

describe('promises that wait for a numbered answer', () => {
  test('get theirs, and only once', async () => {
    const pending = new Pending<string>();
    const one = pending.wait(1);
    const two = pending.wait(2);
    expect(pending.answer(2, 'second')).toBe(true);
    expect(pending.answer(1, 'first')).toBe(true);
    expect(pending.answer(1, 'again')).toBe(false);
    expect(await Promise.all([one, two])).toEqual(['first', 'second']);
  });

  test('are rejected with the reason of an abort, after which an answer is ignored', async () => {
    const pending = new Pending<string>();
    const controller = new AbortController();
    const waiting = pending.wait(1, controller.signal);
    controller.abort(new Error('enough'));
    expect(pending.answer(1, 'late')).toBe(false);
    await expect(waiting).rejects.toThrow('enough');
    await expect(pending.wait(2, controller.signal)).rejects.toThrow('enough');
    expect(pending.answer(2, 'never waited for')).toBe(false);
  });

  test('let go of their signal when they are answered', async () => {
    const pending = new Pending<string>();
    const { signal } = new AbortController();
    const waiting = pending.wait(1, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    pending.answer(1, 'x');
    await waiting;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('are rejected all together', async () => {
    const pending = new Pending<string>();
    const all = Promise.allSettled([pending.wait(1), pending.wait(2)]);
    pending.rejectAll('closed');
    expect(await all).toEqual([
      { status: 'rejected', reason: 'closed' },
      { status: 'rejected', reason: 'closed' },
    ]);
  });
});

describe('a pause', () => {
  test('ends when its time has come, and lets go of the signal', async () => {
    const clock = new VirtualClock();
    const { signal } = new AbortController();
    let isOver = false;
    const paused = pause(clock, 50, signal).then(() => {
      isOver = true;
    });
    clock.advance(49);
    await Promise.resolve();
    expect(isOver).toBe(false);
    clock.advance(1);
    await paused;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('ends early with an abort, without an error, and asks for no wake any more', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const paused = pause(clock, 50, controller.signal);
    controller.abort();
    await paused;
    await pause(clock, 50, controller.signal);
    expect(clock.pendingCount).toBe(0);
  });
});
