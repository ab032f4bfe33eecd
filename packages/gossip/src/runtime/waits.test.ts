import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { orAborted, pause, withFirstOf } from './waits.ts';

const untilAborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });

test('the first signal that aborts gives its reason', async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const reason = withFirstOf([one.signal, undefined, other.signal], untilAborted);
  other.abort('enough');
  one.abort('too late');
  expect(await reason).toBe('enough');
});

test('a signal that has aborted already counts', async () => {
  expect(await withFirstOf([undefined, AbortSignal.abort('before')], untilAborted)).toBe('before');
});

test('what the work gives or throws is passed on', async () => {
  expect(await withFirstOf([], async () => 7)).toBe(7);
  await expect(withFirstOf([], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('a timeout that nothing else holds outlives a collection of garbage', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: unknown = runInNewContext('gc');
  const aborted = withFirstOf([AbortSignal.timeout(100), new AbortController().signal], untilAborted);
  await setImmediate(); // until then what was reached through a weak reference is kept
  if (typeof collectGarbage === 'function') collectGarbage();
  expect(await aborted).toMatchObject({ name: 'TimeoutError' });
});

describe('a pause', () => {
  test('ends when its time has come, and removes its listener from the signal', async () => {
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

  test('ends early with an abort, without an error, and cancels its wake', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const paused = pause(clock, 50, controller.signal);
    controller.abort();
    await paused;
    await pause(clock, 50, controller.signal);
    expect(clock.pendingCount).toBe(0);
  });
});

describe('work that may be aborted', () => {
  const never = new Promise<never>(() => undefined);

  test('rejects with the reason of the signal, and leaves no listener behind after its outcome', async () => {
    const controller = new AbortController();
    const aborted = orAborted(never, controller.signal);
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    const { signal } = new AbortController();
    expect(await orAborted(Promise.resolve(7), signal)).toBe(7);
    await setImmediate();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('rejects when the signal had aborted before, and ignores the failure of the work', async () => {
    const signal = AbortSignal.abort(new Error('before'));
    await expect(orAborted(never, signal)).rejects.toThrow('before');
    await expect(orAborted(Promise.reject(new Error('late')), signal)).rejects.toThrow('before');
  });
});
