import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Pending } from './pending.ts';

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
