import { describe, expect, test } from 'vitest';
import { startLockAgent } from '../../test/lock-agent.ts';
import type { Held } from './holding.ts';
import { createSemaphore, type SemaphoreOptions } from './semaphore.ts';

/** Semaphores, with holders that die. Time is virtual, the catalog is ours; test/clients has those of Consul's Go client. */

const flags = 0xe0f69a2baa414de0n;

async function start() {
  const agent = await startLockAgent();
  const { calls, others, ports, pass } = agent;
  const semaphore = (options: Partial<SemaphoreOptions> = {}) =>
    createSemaphore('sem/', { limit: 2, ...options }, calls, ports);
  return {
    ...agent,
    semaphore,
    /** A semaphore of another machine. */
    elsewhere: (limit = 2) => createSemaphore('sem', { limit }, others, ports),
    /** Resolves with what is held, once everything has happened that waits for no time. */
    async now<T>(promise: Promise<T>): Promise<T> {
      promise.catch(() => undefined);
      await pass(0);
      await pass(0);
      return promise;
    },
    slots(): { readonly Limit: number; readonly Holders: Readonly<Record<string, boolean>> } {
      const stored = agent.entryOf('sem/.lock')?.Value;
      return JSON.parse(Buffer.from(stored ?? []).toString() || '{}');
    },
  };
}

test('a slot is an entry of the holder, and one in the list of all', async () => {
  const { semaphore, now, slots, entryOf, keys } = await start();
  const held = await now(semaphore({ value: 'me' }).acquire());
  expect(keys()).toEqual(['sem/.lock', `sem/${held.session}`]);
  expect(slots()).toEqual({ Limit: 2, Holders: { [held.session]: true } });
  expect(entryOf('sem/.lock')).toMatchObject({ Flags: flags, Session: '' });
  const own = { Flags: flags, Session: held.session, Value: Buffer.from('me') };
  expect(entryOf(`sem/${held.session}`)).toMatchObject(own);
});

test('what is released leaves nothing but the list of slots', async () => {
  const { semaphore, now, slots, keys, sessionIds } = await start();
  const held = await now(semaphore().acquire());
  await now(held.release());
  expect(keys()).toEqual(['sem/.lock']);
  expect(slots()).toEqual({ Limit: 2, Holders: {} });
  expect(sessionIds()).toEqual([]);
});

test('one who waits has the slot of a holder that died, which is in the list no more', async () => {
  const { semaphore, elsewhere, now, pass, others, slots } = await start();
  const [first, second] = [await now(elsewhere().acquire()), await now(elsewhere().acquire())];
  const acquiring = semaphore().acquire();
  await pass(60_000);
  await others.destroySession(first.session, {});
  const held = await now(acquiring);
  expect(slots().Holders).toEqual({ [second.session]: true, [held.session]: true });
  expect(first.signal.aborted).toBe(true);
  expect(second.signal.aborted).toBe(false);
});

test('a dead holder is cleared away although nobody waited when it died', async () => {
  const { semaphore, elsewhere, now, others, slots } = await start();
  const dead = [await now(elsewhere().acquire()), await now(elsewhere().acquire())];
  for (const { session } of dead) await others.destroySession(session, {});
  await now(Promise.resolve());
  expect(Object.keys(slots().Holders)).toHaveLength(2);
  const held = await now(semaphore().acquire());
  expect(slots().Holders).toEqual({ [held.session]: true });
});

test('a holder that cannot be reached loses its slot after its TTL, and hears of it before', async () => {
  const { semaphore, elsewhere, now, pass, connection, clock } = await start();
  const far = await now(semaphore({ limit: 1 }).acquire());
  const lostAtMs = new Promise<number>((resolve) => {
    far.signal.addEventListener('abort', () => resolve(clock.nowMs()), { once: true });
  });
  connection('silent');
  const takenAtMs = elsewhere(1)
    .acquire()
    .then(() => clock.nowMs());
  await pass(60_000);
  // There is no lock delay: the slots are not what the session locks.
  expect(await lostAtMs).toBe(15_000);
  expect(await takenAtMs).toBe(30_000);
});

test('no more than the limit hold it, whoever comes', async () => {
  const { semaphore, elsewhere, pass, now } = await start();
  const held: Held[] = [];
  const all = [semaphore(), elsewhere(), semaphore(), elsewhere(), semaphore()];
  for (const each of all) void each.acquire().then((one) => held.push(one));
  for (let count = 1; count <= all.length; count += 1) {
    await pass(60_000);
    const holding = held.filter(({ signal }) => !signal.aborted);
    expect(holding).toHaveLength(Math.min(2, all.length - count + 1));
    await now(holding[0]?.release() ?? Promise.resolve());
  }
  expect(held).toHaveLength(5);
});

describe('a limit of another size', () => {
  test('is a conflict, and leaves nothing behind', async () => {
    const { semaphore, elsewhere, now, keys, sessionIds } = await start();
    const held = await now(elsewhere(2).acquire());
    await expect(now(semaphore({ limit: 3 }).acquire())).rejects.toMatchObject({
      code: 'CLIENT_LOCK_CONFLICT',
      message: 'semaphore limit conflict (lock: 2, local: 3)',
    });
    expect(keys()).toEqual(['sem/.lock', `sem/${held.session}`]);
    expect(sessionIds()).toEqual([held.session]);
  });

  test('is one for those who destroy it, too', async () => {
    const { semaphore, elsewhere, now } = await start();
    await now((await now(elsewhere(2).acquire())).release());
    await expect(now(semaphore({ limit: 3 }).destroy())).rejects.toThrow('semaphore limit conflict');
    await now(semaphore({ limit: 2 }).destroy());
    expect(await now(semaphore({ limit: 3 }).acquire())).toMatchObject({ signal: { aborted: false } });
  });

  test('that comes while one waits ends the wait', async () => {
    const { semaphore, elsewhere, now, pass, others, sessionIds } = await start();
    const held = await now(elsewhere(1).acquire());
    const waiting = semaphore({ limit: 1 }).acquire();
    waiting.catch(() => undefined);
    await pass(1_000);
    const { value: list } = await others.get('sem/.lock', {});
    const changed = Buffer.from(JSON.stringify({ Limit: 5, Holders: { [held.session]: true } }));
    await others.put('sem/.lock', changed, { flags, cas: list?.ModifyIndex ?? 0n });
    await expect(now(waiting)).rejects.toMatchObject({ code: 'CLIENT_LOCK_CONFLICT' });
    expect(sessionIds()).toEqual([held.session]);
  });
});

describe('a list of slots that is none', () => {
  test.each([
    ['is no JSON', '{', flags, 'lock decoding failed: it is not JSON'],
    ['has no limit', '{}', flags, 'lock decoding failed: it has no limit'],
    ['is no object', 'null', flags, 'lock decoding failed: it has no limit'],
    ['has other flags', '{"Limit":2,"Holders":{}}', 7n, 'Existing key does not match semaphore use'],
  ])('because it %s is a conflict', async (_, value, given, message) => {
    const { semaphore, now, others, keys } = await start();
    await others.put('sem/.lock', Buffer.from(value), { flags: given, cas: 0n });
    const conflict = { code: 'CLIENT_LOCK_CONFLICT', message };
    await expect(now(semaphore().acquire())).rejects.toMatchObject(conflict);
    await expect(now(semaphore().destroy())).rejects.toMatchObject(conflict);
    expect(keys()).toEqual(['sem/.lock']);
  });

  test('but is empty is a new one', async () => {
    const { semaphore, now, others, slots } = await start();
    await others.put('sem/.lock', Buffer.from(''), { flags, cas: 0n });
    const held = await now(semaphore().acquire());
    expect(slots()).toEqual({ Limit: 2, Holders: { [held.session]: true } });
  });
});

describe('destroy', () => {
  test('removes the list when all have gone, or have died', async () => {
    const { semaphore, elsewhere, now, others, keys } = await start();
    const held = await now(elsewhere().acquire());
    await expect(now(semaphore().destroy())).rejects.toMatchObject({ code: 'CLIENT_LOCK_IN_USE' });
    await others.destroySession(held.session, {});
    await now(semaphore().destroy());
    expect(keys()).toEqual([]);
    await now(semaphore().destroy());
  });
});

describe('a session of the caller', () => {
  test('may hold, release and hold again', async () => {
    const { semaphore, now, others, slots, keys } = await start();
    const session = await others.createSession({ name: 'mine', ttl: '', behavior: 'release' }, {});
    const mine = semaphore({ session });
    for (let times = 0; times < 3; times += 1) {
      const held = await now(mine.acquire());
      expect(slots().Holders).toEqual({ [session]: true });
      await now(held.release());
      expect(keys()).toEqual(['sem/.lock']);
    }
  });

  test('enters again after it was lost, by its own semaphore too', async () => {
    const { semaphore, now, others, slots, keys } = await start();
    const session = await others.createSession({ name: 'mine', ttl: '', behavior: 'release' }, {});
    const mine = semaphore({ session });
    const lost = await now(mine.acquire());
    await others.remove(`sem/${session}`, {});
    await now(Promise.resolve());
    expect(lost.signal.aborted).toBe(true);
    const held = await now(mine.acquire());
    expect(held.signal.aborted).toBe(false);
    expect(keys()).toEqual(['sem/.lock', `sem/${session}`]);
    expect(slots().Holders).toEqual({ [session]: true });
  });
});
