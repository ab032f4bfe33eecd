import { expect, test } from 'vitest';
import { AgentClientError } from './client-error.ts';
import type { LockCalls, LockPorts } from './lock-ports.ts';
import { LockSession } from './lock-session.ts';

/** Time that stands still until `pass` moves it, and renewals that a test answers. */
function start() {
  let nowMs = 0;
  const wakes = new Map<() => void, number>();
  const wakeAfter: LockPorts['wakeAfter'] = (ms, wake) => {
    wakes.set(wake, nowMs + ms);
    return () => wakes.delete(wake);
  };
  const ports: LockPorts = {
    nowMs: () => nowMs,
    random: () => 0,
    wakeAfter,
    pause: (ms, signal) =>
      new Promise((resolve) => {
        const cancel = wakeAfter(ms, resolve);
        signal.addEventListener('abort', () => resolve(cancel() as undefined), { once: true });
      }),
  };
  const renewedAtMs: number[] = [];
  let answer: (signal: AbortSignal) => Promise<boolean> = async () => true;
  let destroyed = 0;
  const unused = (): never => {
    throw new Error('no such call is expected');
  };
  const calls: LockCalls = {
    createSession: async () => 'id',
    renewSession: (_id, { signal = new AbortController().signal }) => {
      renewedAtMs.push(nowMs);
      return answer(signal);
    },
    destroySession: async () => {
      destroyed += 1;
    },
    get: unused,
    list: unused,
    put: unused,
    remove: unused,
  };
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  };
  return {
    renewedAtMs,
    destroyedCount: () => destroyed,
    answerWith: (next: typeof answer) => {
      answer = next;
    },
    create: () =>
      LockSession.create(
        calls,
        ports,
        { name: 'n', ttlMs: 10_000, behavior: 'release' },
        new AbortController().signal,
      ),
    /** Moves time, and lets everything happen that is due. */
    async pass(ms: number): Promise<void> {
      const untilMs = nowMs + ms;
      for (;;) {
        await settle();
        const [due] = [...wakes].filter(([, atMs]) => atMs <= untilMs).sort(([, a], [, b]) => a - b);
        if (due === undefined) break;
        nowMs = Math.max(nowMs, due[1]);
        wakes.delete(due[0]);
        due[0]();
      }
      nowMs = untilMs;
      await settle();
    },
  };
}

const silent = (signal: AbortSignal): Promise<boolean> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

test('a session is renewed twice in its time, and ended when it is given up', async () => {
  const { create, pass, renewedAtMs, destroyedCount } = start();
  const session = await create();
  await pass(20_000);
  expect(renewedAtMs).toEqual([5_000, 10_000, 15_000, 20_000]);
  expect(session.lost.aborted).toBe(false);
  await session.end();
  await pass(60_000);
  expect(renewedAtMs).toHaveLength(4);
  expect(destroyedCount()).toBe(1);
});

test('behind a silent connection it is lost when its time has passed since the last renewal', async () => {
  const { create, pass, answerWith } = start();
  const session = await create();
  await pass(5_000);
  answerWith(silent);
  await pass(9_999);
  expect(session.lost.aborted).toBe(false);
  await pass(1);
  expect(session.lost.aborted).toBe(true);
});

test('failed renewals are repeated every second until its time has passed', async () => {
  const { create, pass, answerWith, renewedAtMs } = start();
  const session = await create();
  answerWith(async () => {
    throw new AgentClientError('CLIENT_CONNECTION', 'refused', { method: '', url: '' });
  });
  await pass(7_500);
  expect(renewedAtMs).toEqual([5_000, 6_000, 7_000]);
  answerWith(async () => true);
  await pass(5_000);
  expect(session.lost.aborted).toBe(false);
  answerWith(async () => false);
  await pass(5_000);
  expect(session.lost.aborted).toBe(true);
});
