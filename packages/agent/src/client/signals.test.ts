import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { startLockAgent } from '../../test/lock-agent.ts';
import { limited, processTimers } from './limited.ts';
import { createLock } from './lock.ts';
import type { ReadAnswer } from './read-options.ts';
import { type WatchRead, watch } from './watch.ts';

/** Signals of callers: one that nothing else holds ends a wait all the same, and one that lives long gathers nothing. */

const untilAborted = <T>(signal: AbortSignal): Promise<T> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  // What was reached through a weak reference is kept until then.
  await setImmediate();
  if (typeof collect === 'function') collect();
}

const answer: ReadAnswer<string> = {
  value: 'x',
  index: 1n,
  lastContactMs: 0,
  knownLeader: true,
  cache: undefined,
};
const read = ({ index, signal }: WatchRead) =>
  index === undefined ? Promise.resolve(answer) : untilAborted<typeof answer>(signal);

test('a timeout that nothing else holds ends a request', async () => {
  const running = limited<never>(processTimers, 60_000, AbortSignal.timeout(50), untilAborted);
  const refused = expect(running).rejects.toMatchObject({ name: 'TimeoutError' });
  await collectGarbage();
  await refused;
});

test('a timeout that nothing else holds ends a watch', async () => {
  const changes = watch(read, { signal: AbortSignal.timeout(50) });
  await changes.next();
  const next = changes.next();
  await collectGarbage();
  expect(await next).toEqual({ done: true, value: undefined });
});

test('requests leave no listener on the signal of a caller', async () => {
  const { signal } = new AbortController();
  for (let times = 0; times < 100; times += 1)
    await limited(processTimers, 60_000, signal, async () => times);
  await expect(
    limited(processTimers, 60_000, signal, async () => Promise.reject(new Error('no'))),
  ).rejects.toThrow('no');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('a watch that has ended leaves no listener on the signal of its caller', async () => {
  const { signal } = new AbortController();
  const changes = watch(read, { signal });
  await changes.next();
  const next = changes.next();
  await Promise.all([changes.return(), next]);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('a lock that is held leaves no listener on the signal of its wait', async () => {
  const { calls, ports, pass } = await startLockAgent();
  const { signal } = new AbortController();
  const acquiring = createLock('k', {}, calls, ports).acquire({ signal });
  await pass(0);
  await acquiring;
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
