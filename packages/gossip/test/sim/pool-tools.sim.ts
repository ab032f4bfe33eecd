import {
  checkConverged,
  checkFresh,
  createTestCluster,
  findGhosts,
  findStale,
  loss,
  type TestCluster,
  type TestClusterOptions,
  watchFailures,
  watchRegressions,
} from '@hobnob/gossip/testing';
import { afterEach, describe, expect, test } from 'vitest';

const open: TestCluster[] = [];

async function poolOf(options: TestClusterOptions): Promise<TestCluster> {
  const pool = await createTestCluster(options);
  open.push(pool);
  return pool;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool[Symbol.asyncDispose]()));
});

describe('members that differ', () => {
  test('options may depend on the name, and a restart may change them for one instance', async () => {
    const gossip = (name: string) => ({ tags: { role: name === 'm1' ? 'server' : 'client' } });
    const pool = await poolOf({ nodes: 3, seed: 1, gossip });
    const tagsOf = (name: string) => pool.gossip('m2').member(name)?.tags;
    expect([tagsOf('m1'), tagsOf('m3')]).toEqual([{ role: 'server' }, { role: 'client' }]);
    await pool.restart('m3', { gossip: { tags: { role: 'spare' } } });
    await pool.join('m3');
    await pool.advance(5_000);
    expect(tagsOf('m3')).toEqual({ role: 'spare' });
    await pool.restart('m3');
    await pool.join('m3', 'm2');
    await pool.advance(5_000);
    expect(tagsOf('m3')).toEqual({ role: 'client' });
  });

  test('a killed member rejoins by its snapshot, which is on a simulated disk', async () => {
    const pool = await poolOf({ nodes: 4, seed: 2, gossip: { snapshot: { path: '/no/such/folder/file' } } });
    await pool.advance(5_000);
    pool.crash('m4');
    await pool.advance(30_000);
    await pool.restart('m4');
    await pool.advanceUntil(() => pool.isConverged() && findStale(pool).length === 0, 30_000);
  });
});

describe('faults by name', () => {
  test('a rule may apply to one direction only', async () => {
    const pool = await poolOf({ nodes: 3, seed: 3, gossip: { timing: { indirectChecks: 0 } } });
    const failures = watchFailures(pool);
    const heal = pool.addRule(loss(1), { from: ['m1'], to: ['m2'] });
    await pool.advance(60_000);
    expect(pool.network.stats().packetsDropped).toBeGreaterThan(10);
    heal();
    const droppedBefore = pool.network.stats().packetsDropped;
    await pool.advanceUntil(() => pool.isConverged(), 60_000);
    expect(pool.network.stats().packetsDropped).toBe(droppedBefore);
    expect(failures.seen.every(({ subject }) => subject !== 'm3')).toBe(true);
    expect(() => pool.addRule(loss(1), { from: ['m9'] })).toThrow(/no member is named "m9"/);
  });

  test('a partition into three makes three pools, and heals into one', async () => {
    const pool = await poolOf({ nodes: 9, seed: 4 });
    const heal = pool.partition(['m1', 'm2', 'm3'], ['m4', 'm5', 'm6'], ['m7', 'm8', 'm9']);
    await pool.advance(60_000);
    const seenBy = (observer: string) =>
      pool.names.filter((name) => pool.statusSeenBy(observer, name) === 'alive');
    expect([seenBy('m1'), seenBy('m5'), seenBy('m9')]).toEqual([
      ['m1', 'm2', 'm3'],
      ['m4', 'm5', 'm6'],
      ['m7', 'm8', 'm9'],
    ]);
    heal();
    await pool.advanceUntil(() => pool.isConverged() && findStale(pool).length === 0, 120_000);
    checkFresh(pool);
  });

  test('one group alone is cut off from later members too', async () => {
    const pool = await poolOf({ nodes: 3, seed: 5 });
    pool.partition(['m1']);
    const newcomer = await pool.restart('newcomer', { host: '10.9.0.1' });
    await expect(pool.join('newcomer', 'm1')).rejects.toMatchObject({ code: 'GOSSIP_JOIN_FAILED' });
    await pool.join('newcomer', 'm2');
    expect(newcomer.member('m2')?.status).toBe('alive');
  });

  test('an impossible request is refused with its reason', async () => {
    const pool = await poolOf({ nodes: 2, seed: 6 });
    pool.crash('m2');
    expect(() => pool.crash('m2')).toThrow('no member named "m2" is running');
    expect(() => pool.pause('m2')).toThrow('no member named "m2" is running');
    await expect(pool.restart('m3')).rejects.toThrow('no member is named "m3"; a new member needs a host');
    await expect(pool.advance(-1)).rejects.toThrow('time cannot pass for -1 ms');
    await expect(pool.join('m1')).rejects.toThrow('no other member runs, so m1 cannot join');
    for (const nodes of [-1, 1.5, ['a', 'a']]) {
      await expect(createTestCluster({ nodes, seed: 1 })).rejects.toThrow(RangeError);
    }
    await expect(createTestCluster({ nodes: 1, seed: 1, latencyMs: -1 })).rejects.toThrow(RangeError);
  });
});

describe('observing a pool', () => {
  test('every event of every member is seen, those of later instances too, and is in the history', async () => {
    const pool = await poolOf({ nodes: 3, seed: 7 });
    const received: string[] = [];
    const stop = pool.onEvent(({ observer, event }) => {
      if (event.type === 'user-event') received.push(`${observer} ${event.name}`);
    });
    await pool.restart('m3');
    await pool.join('m3');
    pool.gossip('m1').userEvent('deploy');
    await pool.advance(5_000);
    expect(received.toSorted()).toEqual(['m1 deploy', 'm2 deploy', 'm3 deploy']);
    stop();
    pool.gossip('m1').userEvent('again');
    await pool.advance(5_000);
    expect(received).toHaveLength(3);
    expect(pool.history()[0]).toMatch(/^ {5}100\.0 ms {2}\* 3 members have joined$/);
    const history = pool.history().join('\n');
    expect(history).toMatch(
      /ms {2}\* crash m3\n[\s\S]*\* start m3\n[\s\S]*: user-event deploy\n[\s\S]*: user-event again/,
    );
  });

  test('a tag filter works at once: no module is loaded while virtual time passes', async () => {
    const pool = await poolOf({ nodes: 3, seed: 13, gossip: { tags: { role: 'web' } } });
    const receivedAtMs: number[] = [];
    pool.onEvent(({ atMs, observer, event }) => {
      if (event.type === 'query' && observer === 'm1') receivedAtMs.push(atMs);
    });
    const askedAtMs = pool.clock.nowMs();
    await pool.settle(pool.gossip('m1').query('load', undefined, { tags: { role: '^w' } }).done);
    expect(receivedAtMs).toEqual([askedAtMs]);
  });

  test('an assertion that fails in a listener ends the wait', async () => {
    const pool = await poolOf({ nodes: 3, seed: 8 });
    pool.gossip('m1').on('user-event', () => expect('what came').toBe('what was expected'));
    pool.gossip('m2').userEvent('deploy');
    await expect(pool.advance(5_000)).rejects.toThrow(/to be 'what was expected'/);
    pool.onEvent(({ event }) => {
      if (event.type === 'member-failed') throw new Error('not m3');
    });
    pool.crash('m3');
    await expect(pool.advance(60_000)).rejects.toThrow('not m3');
    expect(pool.clock.nowMs()).toBeLessThan(60_000);
  });

  test('a wait that times out names its condition and what is wrong with the pool', async () => {
    const pool = await poolOf({ nodes: 3, seed: 12 });
    const isTrue = (): boolean => false;
    await expect(pool.advanceUntil(isTrue, 500)).rejects.toThrow(
      '() => false is not true within 500 ms of virtual time (seed 12, now 600 ms)',
    );
    pool.crash('m3');
    await expect(pool.settle(new Promise<never>(() => undefined), 1_000)).rejects.toThrow(
      /^the promise is not settled within 1000 ms .*; the pool: m1 sees m3, which does not run; m2 sees m3, which/,
    );
  });

  test('a false positive is by default a failure report about a running member', async () => {
    const pool = await poolOf({ nodes: 5, seed: 9 });
    const failures = watchFailures(pool);
    pool.crash('m4');
    pool.partition(['m5']);
    await pool.advance(60_000);
    expect(new Set(failures.seen.map(({ subject }) => subject)).has('m4')).toBe(true);
    const wrong = failures.falsePositives();
    expect(new Set(wrong.filter(({ observer }) => observer !== 'm5').map(({ subject }) => subject))).toEqual(
      new Set(['m5']),
    );
    expect(wrong.some(({ subject }) => subject === 'm4')).toBe(false);
  });
});

describe('nothing old comes back', () => {
  test('all members but one are killed and restart: no ghost, no old incarnation, no old tags', async () => {
    const pool = await poolOf({ nodes: 12, seed: 10, gossip: { tags: { version: '1' } } });
    const regressions = watchRegressions(pool);
    const others = pool.names.slice(1);
    for (const name of others) pool.crash(name);
    await pool.advance(2_000);
    for (const name of others) await pool.restart(name, { gossip: { tags: { version: '2' } } });
    await pool.join(others);
    await pool.advanceUntil(() => pool.isConverged() && findStale(pool).length === 0, 60_000);
    checkConverged(pool);
    checkFresh(pool);
    expect(findGhosts(pool)).toEqual([]);
    expect(regressions.seen).toEqual([]);
    expect(pool.gossip('m1').member('m7')?.tags).toEqual({ version: '2' });
  });

  test('a member with an old view is named, with that view', async () => {
    const pool = await poolOf({ nodes: 3, seed: 11, gossip: { tags: { version: '1' } } });
    checkFresh(pool);
    pool.partition(['m3']);
    await pool.settle(pool.gossip('m1').setTags({ version: '2', az: 'b' }));
    await pool.advance(1_000);
    expect(() => checkFresh(pool)).toThrow(
      /stale at [\d.]+ ms \(seed 11\): m3 sees incarnation 1 of m1, now 2; m3 sees tags {"version":"1"} of m1, now {"az":"b","version":"2"}$/,
    );
    expect(findStale(pool).map(({ observer }) => observer)).toEqual(['m3', 'm3']);
    expect(pool.incarnationSeenBy('m3', 'm9')).toBeUndefined();
  });
});
