import { createTestCluster, type TestCluster } from '@hobnob/gossip/testing';
import { describe, expect, test } from 'vitest';

/** Collects the names of the events that each member is told from now on. */
function toldBy(pool: TestCluster): () => readonly (readonly string[])[] {
  const lists = pool.names.map((name) => {
    const names: string[] = [];
    pool.gossip(name).on('user-event', (event) => names.push(event.name));
    return names;
  });
  return () => lists;
}

describe('user events', () => {
  test.each([2, 5, 9])(
    'bursts come in the order of firing when nothing is lost, %i members',
    async (nodes) => {
      for (let seed = 1; seed <= 5; seed += 1) {
        await using pool = await createTestCluster({ nodes, seed });
        for (const first of ['m1', 'm2']) {
          const told = toldBy(pool);
          for (const version of ['v1', 'v2', 'v3', 'v10']) pool.gossip(first).userEvent(version);
          await pool.advance(5_000);
          for (const names of told()) expect(names).toEqual(['v1', 'v2', 'v3', 'v10']);
        }
      }
    },
  );

  test.each([2, 3, 9])('a thousand events at once are with all of %i members within 45 s', async (nodes) => {
    await using pool = await createTestCluster({ nodes, seed: 4 });
    const told = toldBy(pool);
    const names = Array.from({ length: 1000 }, (_, i) => `e${i}`);
    for (const name of names) pool.gossip('m1').userEvent(name, new Uint8Array(100));
    await pool.advance(45_000);
    for (const list of told()) expect(list.toSorted()).toEqual(names.toSorted());
    if (nodes === 2) expect(told()[1]).toEqual(names);
    for (const name of pool.names) expect(pool.gossip(name).stats().dropped).toEqual({});
  });

  test('a burst beyond that is refused, and what was taken is told', async () => {
    await using pool = await createTestCluster({ nodes: 2, seed: 4 });
    const told = toldBy(pool);
    const taken: string[] = [];
    for (let i = 0; i < 2000; i += 1) {
      try {
        pool.gossip('m1').userEvent(`e${i}`);
        taken.push(`e${i}`);
      } catch (error) {
        expect(error).toMatchObject({ code: 'GOSSIP_BUSY' });
      }
    }
    expect(taken).toHaveLength(1280);
    await pool.advance(60_000);
    expect(told()).toEqual([taken, taken]);
  });

  test.each(['local', 'lan', 'wan'] as const)(
    'in pools of up to ten gossip alone brings every event to everybody, %s',
    async (profile) => {
      for (let nodes = 2; nodes <= 10; nodes += 1) {
        // Without exchanges of state, nothing makes up for what gossip loses.
        const timing = { pushPullIntervalMs: 0 };
        await using pool = await createTestCluster({ nodes, seed: nodes, gossip: { profile, timing } });
        for (const count of [1, 30, 100]) {
          const told = toldBy(pool);
          for (let i = 0; i < count; i += 1) pool.gossip(`m${(i % nodes) + 1}`).userEvent(`e${i}`);
          await pool.advance(30_000);
          expect(told().map(({ length }) => length)).toEqual(pool.names.map(() => count));
        }
      }
    },
  );
});
