import { describe, expect, test } from 'vitest';
import { startLockAgent } from '../../test/lock-agent.ts';
import type { Held, HoldOptions } from './holding.ts';
import { createLock } from './lock.ts';

/** How a holder hears that a lock is lost, and does not hear it too soon. Time is virtual, the catalog is ours. */

async function startHeld(options: HoldOptions = {}) {
  const agent = await startLockAgent();
  const lock = createLock('k', options, agent.calls, agent.ports);
  const acquiring = lock.acquire();
  await agent.pass(0);
  const held = await acquiring;
  return { ...agent, lock, held };
}

const isLost = ({ signal }: Held): boolean => signal.aborted;

test('a lock is held as long as its session is renewed', async () => {
  const { held, pass, entryOf } = await startHeld();
  await pass(3_600_000);
  expect(isLost(held)).toBe(false);
  expect(entryOf('k')).toMatchObject({ Session: held.session, LockIndex: 1, Flags: 0x2ddccbc058a50c18n });
});

test('a holder whose session is destroyed hears of it at once', async () => {
  const { held, pass, others } = await startHeld();
  await others.destroySession(held.session, {});
  await pass(0);
  expect(isLost(held)).toBe(true);
});

test('a holder whose key is deleted hears of it at once', async () => {
  const { held, pass, others } = await startHeld();
  await others.remove('k', {});
  await pass(0);
  expect(isLost(held)).toBe(true);
});

test('a holder whose key is given to another one hears of it at once', async () => {
  const { held, pass, others } = await startHeld();
  const session = await others.createSession({ name: 'x', ttl: '', behavior: 'release' }, {});
  await others.put('k', new Uint8Array(), { flags: 0n, release: held.session });
  await others.put('k', new Uint8Array(), { flags: 0n, acquire: session });
  await pass(0);
  expect(isLost(held)).toBe(true);
});

test('a holder behind a silent connection hears of it when its session may have ended, and no later', async () => {
  const { held, pass, connection } = await startHeld();
  await pass(7_500);
  connection('silent');
  await pass(14_999);
  expect(isLost(held)).toBe(false);
  await pass(1);
  expect(isLost(held)).toBe(true);
});

test('nobody else holds the key before a holder that cannot be reached has heard of it', async () => {
  const { held, pass, connection, others, ports, clock } = await startHeld();
  const lostAtMs = new Promise<number>((resolve) => {
    held.signal.addEventListener('abort', () => resolve(clock.nowMs()), { once: true });
  });
  const takenAtMs = createLock('k', {}, others, ports)
    .acquire()
    .then(() => clock.nowMs());
  connection('silent');
  await pass(120_000);
  expect(await takenAtMs).toBeGreaterThan(await lostAtMs);
});

describe('monitorRetries', () => {
  test('without any, the first look that fails is the end', async () => {
    const { held, pass, connection } = await startHeld();
    connection('refused');
    await pass(0);
    expect(isLost(held)).toBe(true);
    expect(held.signal.reason).toMatchObject({
      code: 'CLIENT_LOCK_LOST',
      cause: { code: 'CLIENT_CONNECTION' },
    });
  });

  test('so many looks may fail, with a pause before each', async () => {
    const { held, pass, connection } = await startHeld({ monitorRetries: 3, sessionTtlMs: 60_000 });
    connection('refused');
    await pass(5_999);
    expect(isLost(held)).toBe(false);
    await pass(1);
    expect(isLost(held)).toBe(true);
  });

  test('a look that succeeds between gives all of them back', async () => {
    const { held, pass, connection } = await startHeld({ monitorRetries: 2, sessionTtlMs: 60_000 });
    for (let times = 0; times < 5; times += 1) {
      connection('refused');
      await pass(3_999);
      connection('up');
      await pass(1);
    }
    expect(isLost(held)).toBe(false);
    connection('refused');
    await pass(4_000);
    expect(isLost(held)).toBe(true);
  });

  test('the pause is the one that was asked for', async () => {
    const { held, pass, connection } = await startHeld({ monitorRetries: 1, monitorRetryMs: 500 });
    connection('refused');
    await pass(499);
    expect(isLost(held)).toBe(false);
    await pass(1);
    expect(isLost(held)).toBe(true);
  });

  test('an agent without a leader is asked again', async () => {
    const { held, pass, connection, others } = await startHeld({ monitorRetries: 1 });
    connection({ status: 500 });
    await others.put('k', Buffer.from('x'), { flags: 0x2ddccbc058a50c18n, acquire: held.session });
    await pass(0);
    connection('up');
    await pass(60_000);
    expect(isLost(held)).toBe(false);
  });

  test('what was lost meanwhile is seen by the next look', async () => {
    const { held, pass, connection, others } = await startHeld({ monitorRetries: 3 });
    connection('refused');
    await pass(1_000);
    await others.destroySession(held.session, {});
    connection('up');
    await pass(1_000);
    expect(isLost(held)).toBe(true);
  });

  test('a refusal of access is no reason to ask again', async () => {
    const { held, pass, connection } = await startHeld({ monitorRetries: 3 });
    connection('refused');
    connection({ status: 403 });
    await pass(2_000);
    expect(isLost(held)).toBe(true);
    expect(held.signal.reason).toMatchObject({ code: 'CLIENT_LOCK_LOST', cause: { status: 403 } });
  });
});

describe('release', () => {
  test('frees the key, ends the session and tells the signal, once', async () => {
    const { held, pass, entryOf, sessionIds, sent } = await startHeld();
    const releasing = [held.release(), held.release()];
    await pass(0);
    await Promise.all(releasing);
    expect(entryOf('k')).toMatchObject({ Session: '', LockIndex: 1 });
    expect(sessionIds()).toEqual([]);
    expect(isLost(held)).toBe(true);
    const count = sent.length;
    await held[Symbol.asyncDispose]();
    await pass(60_000);
    expect(sent).toHaveLength(count);
  });

  test('leaves a session of the caller, and does not renew it', async () => {
    const agent = await startLockAgent();
    const session = await agent.others.createSession({ name: 'mine', ttl: '', behavior: 'release' }, {});
    const acquiring = createLock('k', { session }, agent.calls, agent.ports).acquire();
    await agent.pass(60_000);
    const held = await acquiring;
    await Promise.all([held.release(), agent.pass(0)]);
    expect(agent.entryOf('k')).toMatchObject({ Session: '' });
    expect(agent.sessionIds()).toEqual([session]);
    expect(agent.sent).not.toContain('renew');
  });

  test('of what another one has does not touch it', async () => {
    const { held, pass, others, entryOf } = await startHeld();
    const session = await others.createSession({ name: 'x', ttl: '', behavior: 'release' }, {});
    await others.put('k', new Uint8Array(), { flags: 0n, release: held.session });
    await others.put('k', new Uint8Array(), { flags: 0n, acquire: session });
    await pass(0);
    await Promise.all([held.release(), pass(0)]);
    expect(entryOf('k')).toMatchObject({ Session: session });
  });

  test.each(['silent', 'deaf'] as const)(
    'behind a %s connection rejects within 15 s; the servers end the session',
    async (how) => {
      const { held, pass, connection, entryOf, sessionIds } = await startHeld();
      connection(how);
      let outcome: unknown = 'waits';
      held.release().then(
        () => (outcome = 'released'),
        (error: unknown) => (outcome = error),
      );
      await pass(14_999);
      expect(outcome).toBe('waits');
      await pass(1);
      expect(outcome).toMatchObject({ code: 'CLIENT_CONNECTION' });
      expect(isLost(held)).toBe(true);
      await pass(30_000);
      expect(sessionIds()).toEqual([]);
      expect(entryOf('k')).toMatchObject({ Session: '' });
    },
  );

  test('behind a connection that is refused rejects at once', async () => {
    const { held, pass, connection } = await startHeld({ monitorRetries: 5 });
    connection('refused');
    const releasing = expect(held.release()).rejects.toMatchObject({ code: 'CLIENT_CONNECTION' });
    await pass(0);
    await releasing;
    expect(isLost(held)).toBe(true);
  });
});
