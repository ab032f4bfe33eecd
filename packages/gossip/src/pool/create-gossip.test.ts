import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { LoopbackPool, seedOf, until, untilStatuses } from '../../test/support/loopback-pool.ts';
import { recordingLogger } from '../../test/support/recording-logger.ts';
import type { GossipEvent } from '../events.ts';
import type { Clock } from '../ports.ts';
import { systemClock } from '../runtime/system-ports.ts';
import { createGossip } from './create-gossip.ts';

const pool = new LoopbackPool();
afterEach(() => pool.closeAll());

const key = (fill: number): Uint8Array => new Uint8Array(16).fill(fill);

describe('members on the loopback', () => {
  test('two find each other and see their tags', async () => {
    const a = await pool.open('a', '127.27.1.1', { tags: { role: 'web' } });
    const b = await pool.open('b', '127.27.1.2', { tags: { role: 'db', zone: 'x' } });
    expect(await b.join([seedOf(a)])).toEqual({ joinedCount: 1, failures: [] });
    await untilStatuses(a, { a: 'alive', b: 'alive' });
    expect(a.member('b')).toMatchObject({ tags: { role: 'db', zone: 'x' }, address: b.bindAddress });
    expect(b.member('a')).toMatchObject({ tags: { role: 'web' }, address: a.bindAddress });
    expect(a.stats()).toMatchObject({ membersCount: 2, failedCount: 0, encrypted: false });
  });

  test('a third is gossiped to a member that it did not join through', async () => {
    const a = await pool.open('a', '127.27.2.1');
    const b = await pool.open('b', '127.27.2.2');
    const c = await pool.open('c', '127.27.2.3', { tags: { late: 'yes' } });
    await b.join([seedOf(a)]);
    await c.join([seedOf(b)]);
    const all = { a: 'alive', b: 'alive', c: 'alive' };
    await Promise.all([a, b, c].map((gossip) => untilStatuses(gossip, all)));
    expect(a.member('c')?.tags).toEqual({ late: 'yes' });
  });

  test('find each other over IPv6', async () => {
    const a = await pool.open('a', '::1');
    const b = await pool.open('b', '::1');
    await b.join([seedOf(a)]);
    await untilStatuses(a, { a: 'alive', b: 'alive' });
  });

  test('communicate with one key and one label', async () => {
    const options = { encryption: { keys: [key(1)] }, label: 'prod' };
    const a = await pool.open('a', '127.27.3.1', options);
    const b = await pool.open('b', '127.27.3.2', options);
    await b.join([seedOf(a)]);
    await untilStatuses(a, { a: 'alive', b: 'alive' });
    expect(b.stats().encrypted).toBe(true);
  });

  test('one that leaves is listed as left, and its calls fail', async () => {
    const a = await pool.open('a', '127.27.4.1');
    const b = await pool.open('b', '127.27.4.2');
    await b.join([seedOf(a)]);
    await untilStatuses(a, { a: 'alive', b: 'alive' });
    const left: string[] = [];
    a.on('member-leave', ({ members }) => left.push(...members.map(({ name }) => name)));
    await Promise.all([b.leave(), b.leave()]);
    await untilStatuses(a, { a: 'alive', b: 'left' });
    expect(left).toEqual(['b']);
    await expect(b.join([seedOf(a)])).rejects.toMatchObject({ code: 'GOSSIP_CLOSED' });
    await expect(b.setTags({})).rejects.toMatchObject({ code: 'GOSSIP_CLOSED' });
    await b.leave();
  });

  test('new tags reach the others as an update', async () => {
    const a = await pool.open('a', '127.27.5.1');
    const b = await pool.open('b', '127.27.5.2');
    await b.join([seedOf(a)]);
    await untilStatuses(a, { a: 'alive', b: 'alive' });
    await Promise.all([b.setTags({ v: '2' }), until(a, () => a.member('b')?.tags['v'] === '2')]);
    expect(b.member('b')?.tags).toEqual({ v: '2' });
  });

  test('one that crashes is listed as failed, and can be force-left and pruned', async () => {
    const timing = { probeIntervalMs: 60, probeTimeoutMs: 30, suspicionMult: 1, awarenessMaxMultiplier: 1 };
    const a = await pool.open('a', '127.27.6.1', { timing });
    const b = await pool.open('b', '127.27.6.2');
    await b.join([seedOf(a)]);
    await untilStatuses(a, { a: 'alive', b: 'alive' });
    await b.close();
    await untilStatuses(a, { a: 'alive', b: 'failed' });
    await a.forceLeave('b');
    expect(a.member('b')?.status).toBe('left');
    await a.forceLeave('b', { prune: true });
    expect(a.member('b')).toBeUndefined();
  });
});

describe('a pool probe', () => {
  test('returns the members of a pool, and neither side lists the other afterwards', async () => {
    const options = { encryption: { keys: [key(1)] }, label: 'prod' };
    const a = await pool.open('a', '127.27.20.1', { ...options, tags: { role: 'web' } });
    const b = await pool.open('b', '127.27.20.2', options);
    await b.join([seedOf(a)]);
    await untilStatuses(a, { a: 'alive', b: 'alive' });
    const c = await pool.open('c', '127.27.20.3', options);
    const { members, answered } = await c.probePool([seedOf(a)]);
    expect(answered).toEqual([a.bindAddress]);
    expect(members.find(({ name }) => name === 'a')).toMatchObject({
      address: a.bindAddress,
      tags: { role: 'web' },
      status: 'alive',
    });
    expect(members.map(({ name }) => name).sort()).toEqual(['a', 'b']);
    expect([a, b].map((one) => one.member('c'))).toEqual([undefined, undefined]);
    expect(c.members().map(({ name }) => name)).toEqual(['c']);
  });

  test('of a pool with another key fails, and so does one after close', async () => {
    const a = await pool.open('a', '127.27.21.1', { encryption: { keys: [key(1)] } });
    const b = await pool.open('b', '127.27.21.2', { encryption: { keys: [key(2)] } });
    const error = await b.probePool([seedOf(a)]).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'GOSSIP_JOIN_FAILED',
      cause: { errors: [{ code: 'SEED_DECRYPT' }] },
    });
    await b.close();
    await expect(b.probePool([seedOf(a)])).rejects.toMatchObject({ code: 'GOSSIP_CLOSED' });
  });
});

describe('errors', () => {
  test('GOSSIP_OPTIONS names every problem before anything is opened', async () => {
    const made = createGossip({ name: '', bind: { host: 'nowhere' } });
    await expect(made).rejects.toMatchObject({ code: 'GOSSIP_OPTIONS' });
  });

  test('GOSSIP_SNAPSHOT when the snapshot cannot be read, before anything is opened', async () => {
    const made = createGossip({
      name: 'a',
      bind: { host: '127.32.1.1', port: 7946 },
      snapshot: { path: tmpdir() },
    });
    await expect(made).rejects.toMatchObject({
      code: 'GOSSIP_SNAPSHOT',
      message: expect.stringContaining('is a folder, not a file'),
    });
    await pool.open('b', '127.32.1.1', { bind: { host: '127.32.1.1', port: 7946 } });
  });

  test('GOSSIP_BIND when the port is taken', async () => {
    const a = await pool.open('a', '127.27.7.1');
    await expect(createGossip({ name: 'b', bind: a.bindAddress })).rejects.toMatchObject({
      code: 'GOSSIP_BIND',
    });
  });

  test('GOSSIP_JOIN_FAILED when no process listens; the member keeps running', async () => {
    const a = await pool.open('a', '127.27.8.1');
    await expect(a.join(['127.27.8.9:1'])).rejects.toMatchObject({
      code: 'GOSSIP_JOIN_FAILED',
      message: expect.stringContaining('127.27.8.9:1'),
    });
    const b = await pool.open('b', '127.27.8.2');
    expect(await a.join([seedOf(b)])).toMatchObject({ joinedCount: 1 });
  });

  test('GOSSIP_JOIN_FAILED with another key says that no key fits', async () => {
    const a = await pool.open('a', '127.27.9.1', { encryption: { keys: [key(1)] } });
    const b = await pool.open('b', '127.27.9.2', { encryption: { keys: [key(2)] } });
    await expect(b.join([seedOf(a)])).rejects.toMatchObject({
      code: 'GOSSIP_JOIN_FAILED',
      message: expect.stringMatching(/no key fits/),
    });
    expect(a.members()).toHaveLength(1);
    expect(a.stats().dropped['WIRE_DECRYPT']).toBeGreaterThan(0);
  });

  test.each([
    ['a key', { encryption: { keys: [key(1)] } }, {}],
    ['no key', {}, { encryption: { keys: [key(1)] } }],
  ])(
    'GOSSIP_JOIN_FAILED when the seed has %s and the joiner has not says what differs',
    async (_, theirs, ours) => {
      const a = await pool.open('a', '127.27.10.1', theirs);
      const b = await pool.open('b', '127.27.10.2', ours);
      await expect(b.join([seedOf(a)])).rejects.toMatchObject({
        code: 'GOSSIP_JOIN_FAILED',
        message: expect.stringMatching(/encrypt/),
      });
    },
  );

  test('GOSSIP_JOIN_FAILED when the labels differ', async () => {
    const a = await pool.open('a', '127.27.11.1', { label: 'prod' });
    const b = await pool.open('b', '127.27.11.2', { label: 'test' });
    await expect(b.join([seedOf(a)])).rejects.toMatchObject({ code: 'GOSSIP_JOIN_FAILED' });
    expect(a.stats().dropped['WIRE_LABEL']).toBe(1);
    expect(a.members()).toHaveLength(1);
  });

  test('GOSSIP_JOIN_FAILED with the reason of a seed that refuses the join and sends no members', async () => {
    const a = await pool.open('a', '127.27.19.1', { admission: () => 'another datacenter' });
    const b = await pool.open('b', '127.27.19.2');
    await expect(b.join([seedOf(a)])).rejects.toMatchObject({
      code: 'GOSSIP_JOIN_FAILED',
      message: expect.stringContaining('the peer refused: another datacenter'),
    });
    expect([...a.members(), ...b.members()].map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('GOSSIP_NOT_ADMITTED when the seed answers but ignores our alive messages, as memberlist does', async () => {
    const { logger, lines } = recordingLogger();
    let asked = 0;
    // The push/pull of the joiner is admitted, its alive messages are not.
    const admission = () => {
      asked += 1;
      return asked === 1 ? undefined : 'another datacenter';
    };
    const a = await pool.open('a', '127.27.12.1', { admission, logger });
    const b = await pool.open('b', '127.27.12.2');
    const joining = b.join([seedOf(a)], { timeoutMs: 400 });
    await expect(joining).rejects.toMatchObject({ code: 'GOSSIP_NOT_ADMITTED' });
    expect(lines).toContainEqual(
      expect.objectContaining({ fields: { member: 'b', reason: 'another datacenter' } }),
    );
  });

  test('GOSSIP_TOO_LARGE for tags beyond 512 bytes; the old tags stay', async () => {
    const a = await pool.open('a', '127.27.13.1', { tags: { small: 'yes' } });
    await expect(a.setTags({ big: 'x'.repeat(600) })).rejects.toMatchObject({ code: 'GOSSIP_TOO_LARGE' });
    expect(a.member('a')?.tags).toEqual({ small: 'yes' });
  });

  test('GOSSIP_TIMEOUT when a broadcast does not go out in time; the new tags are set here', async () => {
    const timing = { gossipIntervalMs: 60_000, probeIntervalMs: 60_000, broadcastTimeoutMs: 20 };
    const a = await pool.open('a', '127.27.14.1', { timing });
    const b = await pool.open('b', '127.27.14.2', { timing });
    await b.join([seedOf(a)]);
    await expect(b.setTags({ v: '2' })).rejects.toMatchObject({ code: 'GOSSIP_TIMEOUT' });
    expect(b.member('b')?.tags).toEqual({ v: '2' });
  });

  test('GOSSIP_NO_SUCH_MEMBER for a force-leave of an unknown name', async () => {
    const a = await pool.open('a', '127.27.15.1');
    await expect(a.forceLeave('b')).rejects.toMatchObject({ code: 'GOSSIP_NO_SUCH_MEMBER' });
  });

  test('GOSSIP_CLOSED after close, and for a join that close interrupts', async () => {
    const a = await pool.open('a', '127.27.16.1');
    const b = await pool.open('b', '127.27.16.2');
    const joining = b.join([seedOf(a)]);
    const closing = b.close();
    await expect(joining).rejects.toMatchObject({ code: 'GOSSIP_CLOSED' });
    await closing;
    await expect(b.join([seedOf(a)])).rejects.toMatchObject({ code: 'GOSSIP_CLOSED' });
    await expect(b.forceLeave('a')).rejects.toMatchObject({ code: 'GOSSIP_CLOSED' });
    await expect(b.setTags({})).rejects.toMatchObject({ code: 'GOSSIP_CLOSED' });
    await b.leave();
  });

  test('a call with an aborted signal rejects with its reason and changes nothing', async () => {
    const a = await pool.open('a', '127.27.17.1');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(a.setTags({ v: '2' }, { signal })).rejects.toThrow('enough');
    await expect(a.forceLeave('a', { signal })).rejects.toThrow('enough');
    await expect(a.join(['127.27.17.9:1'], { signal })).rejects.toThrow('enough');
    await expect(a.leave({ signal })).rejects.toThrow('enough');
    expect(a.member('a')).toMatchObject({ tags: {}, status: 'alive' });
  });
});

describe('events', () => {
  test('reach iterators although a listener throws', async () => {
    const { logger, lines } = recordingLogger();
    const a = await pool.open('a', '127.27.18.1', { logger });
    a.on('member-join', () => {
      throw new Error('a bug of the application');
    });
    const events = a.events();
    const b = await pool.open('b', '127.27.18.2');
    await b.join([seedOf(a)]);
    const { value } = (await events.next()) as { value: GossipEvent };
    expect(value).toMatchObject({ type: 'member-join', members: [{ name: 'b' }] });
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test('end with close for an iterator that waits', async () => {
    const a = await pool.open('a', '127.27.19.1');
    const waiting = a.events().next();
    await a.close();
    expect(await waiting).toEqual({ value: undefined, done: true });
  });
});

describe('closing', () => {
  test('repeated, concurrent or by `await using` releases everything once', async () => {
    const a = await pool.open('a', '127.27.20.1');
    await Promise.all([a.close(), a.close(), a[Symbol.asyncDispose]()]);
    await a.close();
    const again = await createGossip({ name: 'b', bind: a.bindAddress });
    await again.close();
  });

  test('resolves a leave that is under way', async () => {
    const a = await pool.open('a', '127.27.21.1', { timing: { leavePropagateDelayMs: 3_600_000 } });
    const leaving = a.leave();
    await a.close();
    await leaving;
  });

  test('leaves no socket and no timer that keeps the process alive', async () => {
    const clocks = [countingClock(), countingClock()];
    const [a, b] = await Promise.all(
      clocks.map(({ clock }, i) => pool.open(`m${i}`, `127.27.22.${i + 1}`, { ports: { clock } })),
    );
    if (a === undefined || b === undefined) throw new Error('two members were opened');
    await b.join([seedOf(a)]);
    const unanswered = b.join(['127.27.22.9:1', seedOf(a)]);
    await Promise.all([a.close(), b.close(), unanswered.catch(() => undefined)]);
    expect(clocks.map(({ pending }) => pending())).toEqual([0, 0]);
    // The system frees a closed handle in the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    expect(openSockets()).toEqual([]);
  });
});

/** The open sockets of this process; the test runner's own handles are of other kinds. */
function openSockets(): readonly string[] {
  return process.getActiveResourcesInfo().filter((kind) => /^(UDP|TCP)/.test(kind));
}

/** The system's clock, and how many wakes are asked of it and neither came nor were cancelled. */
function countingClock(): { readonly clock: Clock; readonly pending: () => number } {
  const system = systemClock();
  const waiting = new Set<object>();
  const clock: Clock = {
    nowMs: () => system.nowMs(),
    wakeAt: (deadlineMs, wake) => {
      const entry = {};
      waiting.add(entry);
      const cancel = system.wakeAt(deadlineMs, () => {
        waiting.delete(entry);
        wake();
      });
      return () => {
        waiting.delete(entry);
        cancel();
      };
    },
  };
  return { clock, pending: () => waiting.size };
}
