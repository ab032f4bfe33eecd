import { describe, expect, test } from 'vitest';
import { startLockAgent } from '../../test/lock-agent.ts';
import type { Held, HoldOptions } from './holding.ts';
import { createLock } from './lock.ts';

/** How a lock is waited for, and how a wait ends. Time is virtual, the catalog is ours. */

/** A lock that a session holds, which is not renewed. */
async function startTaken(options: HoldOptions = {}) {
  const agent = await startLockAgent();
  const holder = await agent.others.createSession({ name: 'holder', ttl: '', behavior: 'release' }, {});
  const flags = 0x2ddccbc058a50c18n;
  await agent.others.put('k', Buffer.from('theirs'), { flags, acquire: holder });
  const lock = createLock('k', options, agent.calls, agent.ports);
  return {
    ...agent,
    lock,
    holder,
    free: () => agent.others.put('k', Buffer.from(''), { flags, release: holder }),
    end: () => agent.others.destroySession(holder, {}),
  };
}

/** What becomes of a promise, to be looked at while time stands still. */
function outcomeOf<T>(promise: Promise<T>): { value?: T; error?: unknown } {
  const outcome: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => Object.assign(outcome, { value }),
    (error: unknown) => Object.assign(outcome, { error }),
  );
  return outcome;
}

test('a key that its holder gives up is taken at once, after hours too', async () => {
  const { lock, pass, free, entryOf, sent } = await startTaken({ value: 'ours' });
  const outcome = outcomeOf(lock.acquire());
  await pass(3_600_000);
  expect(outcome).toEqual({});
  // One request each quarter of a minute, and up to a sixteenth more.
  expect(sent.filter((name) => name === 'get').length).toBeLessThanOrEqual(241);
  await free();
  await pass(0);
  expect(entryOf('k')).toMatchObject({
    Session: outcome.value?.session,
    Value: Buffer.from('ours'),
    LockIndex: 2,
  });
});

test('a key with a lock delay is taken within five seconds of its end, and not before', async () => {
  const { lock, pass, end, sent } = await startTaken();
  const outcome = outcomeOf(lock.acquire());
  await pass(1_000);
  await end();
  await pass(14_999);
  expect(outcome).toEqual({});
  // The try that fails, and one every five seconds.
  expect(sent.filter((name) => name === 'put')).toHaveLength(3);
  await pass(5_001);
  expect(outcome.value?.signal.aborted).toBe(false);
});

test('of two who wait one has it, and then the other', async () => {
  const { lock, pass, free, others, ports } = await startTaken();
  const outcomes = [outcomeOf(lock.acquire()), outcomeOf(createLock('k', {}, others, ports).acquire())];
  await pass(1_000);
  await free();
  await pass(60_000);
  const [first] = outcomes.filter(({ value }) => value !== undefined);
  expect(outcomes.filter(({ value }) => value === undefined)).toEqual([{}]);
  await Promise.all([first?.value?.release(), pass(0)]);
  await pass(0);
  expect(outcomes.every(({ value }) => value !== undefined)).toBe(true);
});

describe('tryAcquire', () => {
  test('answers nothing after its time, and leaves no session', async () => {
    const { lock, pass, sessionIds, holder } = await startTaken();
    const outcome = outcomeOf(lock.tryAcquire({ waitMs: 2_000 }));
    await pass(1_999);
    expect(outcome).toEqual({});
    expect(sessionIds()).toHaveLength(2);
    await pass(200);
    expect(outcome).toEqual({ value: undefined });
    expect(sessionIds()).toEqual([holder]);
  });

  test('waits a quarter of a minute, or as long as the lock says', async () => {
    const { lock, pass, calls, ports } = await startTaken();
    const outcomes = [lock, createLock('k', { waitMs: 3_000 }, calls, ports)].map((each) =>
      outcomeOf(each.tryAcquire()),
    );
    await pass(3_200);
    expect(outcomes).toEqual([{}, { value: undefined }]);
    await pass(12_800);
    expect(outcomes).toEqual([{ value: undefined }, { value: undefined }]);
  });

  test('has a key that is freed in its time', async () => {
    const { lock, pass, free } = await startTaken();
    const outcome = outcomeOf(lock.tryAcquire({ waitMs: 2_000 }));
    await pass(1_000);
    await free();
    await pass(0);
    expect(outcome.value?.signal.aborted).toBe(false);
  });

  test('ends in a lock delay', async () => {
    const { lock, pass, end } = await startTaken();
    await end();
    const outcome = outcomeOf(lock.tryAcquire({ waitMs: 2_000 }));
    await pass(2_000);
    expect(outcome).toEqual({ value: undefined });
  });

  test('behind a silent connection fails 15 s after its time, whatever the TTL of the session', async () => {
    const { lock, pass, connection } = await startTaken({ sessionTtlMs: 86_400_000 });
    const outcome = outcomeOf(lock.tryAcquire({ waitMs: 2_000 }));
    await pass(0);
    connection('silent');
    // The read that waits, and then the end of the session.
    await pass(17_000 + 15_000);
    expect(outcome.error).toMatchObject({ code: 'CLIENT_CONNECTION' });
  });
});

describe('a signal that aborts', () => {
  const reason = new Error('no more');

  test('before it begins lets nothing be sent', async () => {
    const { lock, pass, sent } = await startTaken();
    const outcome = outcomeOf(lock.acquire({ signal: AbortSignal.abort(reason) }));
    await pass(0);
    expect(outcome).toEqual({ error: reason });
    expect(sent).toEqual([]);
  });

  test.each(['a request that waits', 'a lock delay'])(
    'in %s ends the wait at once, with its reason',
    async (where) => {
      const { lock, end, pass, sessionIds, entryOf, holder } = await startTaken();
      if (where === 'a lock delay') await end();
      const before = entryOf('k');
      const abort = new AbortController();
      const outcome = outcomeOf(lock.acquire({ signal: abort.signal }));
      await pass(1_000);
      abort.abort(reason);
      await pass(0);
      expect(outcome).toEqual({ error: reason });
      expect(sessionIds().filter((id) => id !== holder)).toEqual([]);
      expect(entryOf('k')).toEqual(before);
    },
  );

  test('while a silent agent makes the session ends the wait at once; a session that comes late is ended', async () => {
    const { pass, calls, ports, sessionIds, holder } = await startTaken();
    let answer = (): void => undefined;
    const slow = {
      ...calls,
      createSession: async (...given: Parameters<typeof calls.createSession>) => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return calls.createSession(...given);
      },
    };
    const abort = new AbortController();
    const outcome = outcomeOf(createLock('k', {}, slow, ports).acquire({ signal: abort.signal }));
    await pass(1_000);
    abort.abort(reason);
    await pass(0);
    expect(outcome).toEqual({ error: reason });
    answer();
    await pass(0);
    expect(sessionIds()).toEqual([holder]);
  });

  test('behind a silent connection ends the wait within 15 s', async () => {
    const { lock, pass, connection } = await startTaken({ sessionTtlMs: 86_400_000 });
    const abort = new AbortController();
    const outcome = outcomeOf(lock.acquire({ signal: abort.signal }));
    await pass(0);
    connection('silent');
    abort.abort(reason);
    await pass(15_000);
    expect(outcome).toEqual({ error: reason });
  });

  test('leaves a session of the caller', async () => {
    const agent = await startTaken();
    const session = await agent.others.createSession({ name: 'mine', ttl: '', behavior: 'release' }, {});
    const lock = createLock('k', { session }, agent.calls, agent.ports);
    const abort = new AbortController();
    const outcome = outcomeOf(lock.acquire({ signal: abort.signal }));
    await agent.pass(1_000);
    abort.abort(reason);
    await agent.pass(0);
    expect(outcome).toEqual({ error: reason });
    expect(agent.sessionIds()).toEqual([agent.holder, session]);
  });
});

describe('a session that is lost while it waits', () => {
  test('takes nothing: the wait ends with the next renewal', async () => {
    const { lock, pass, others, sessionIds, holder, entryOf } = await startTaken();
    const outcome = outcomeOf(lock.acquire());
    await pass(0);
    const [own = ''] = sessionIds().filter((id) => id !== holder);
    await others.destroySession(own, {});
    await pass(7_499);
    expect(outcome).toEqual({});
    await pass(1);
    expect(outcome.error).toMatchObject({ message: `session ${own} has ended` });
    expect(entryOf('k')).toMatchObject({ Session: holder });
  });

  test('takes nothing when the key is freed before the next renewal', async () => {
    const { lock, pass, others, sessionIds, holder, free, entryOf } = await startTaken();
    const outcome = outcomeOf(lock.acquire());
    await pass(0);
    const [own = ''] = sessionIds().filter((id) => id !== holder);
    await others.destroySession(own, {});
    await free();
    await pass(0);
    expect(outcome.error).toMatchObject({ status: 500, body: `invalid session "${own}"` });
    expect(entryOf('k')).toMatchObject({ Session: '' });
  });

  test('takes nothing when it cannot be renewed, though the answer comes', async () => {
    const { pass, calls, ports, free, entryOf } = await startTaken();
    const silentRenewals = {
      ...calls,
      renewSession: (_id: string, { signal }: { readonly signal?: AbortSignal }) =>
        new Promise<boolean>((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
    };
    const outcome = outcomeOf<Held>(createLock('k', {}, silentRenewals, ports).acquire());
    await pass(15_000);
    expect(outcome.error).toMatchObject({ message: expect.stringMatching(/^session .* has ended$/) });
    await free();
    await pass(0);
    expect(entryOf('k')).toMatchObject({ Session: '' });
  });

  test('is heard of by the holder when it was lost in the moment in which the key was taken', async () => {
    const { pass, calls, ports, free } = await startTaken();
    const lost = {
      ...calls,
      // The key is taken, and the answer comes when the session may have ended.
      put: async (...given: Parameters<typeof calls.put>) => {
        const isTaken = await calls.put(...given);
        await new Promise<void>((resolve) => {
          ports.wakeAfter(15_000, resolve);
        });
        return isTaken;
      },
      renewSession: async () => false,
    };
    const outcome = outcomeOf(createLock('k', {}, lost, ports).acquire());
    await pass(0);
    await free();
    await pass(15_000);
    expect(outcome.value === undefined || outcome.value.signal.aborted).toBe(true);
    await pass(60_000);
    expect(outcome.value === undefined || outcome.value.signal.aborted).toBe(true);
  });
});

test('a key of another use is refused, and the session ends', async () => {
  const { others, lock, pass, sessionIds, holder, free } = await startTaken();
  await free();
  await others.remove('k', {});
  await others.put('k', Buffer.from('x'), { flags: 1n, cas: 0n });
  const outcome = outcomeOf(lock.acquire());
  await pass(0);
  expect(outcome.error).toMatchObject({ code: 'CLIENT_LOCK_CONFLICT' });
  expect(sessionIds()).toEqual([holder]);
});
