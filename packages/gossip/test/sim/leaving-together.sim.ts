import { createTestCluster } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';

test.each([
  { nodes: 3, seedsCount: 5 },
  { nodes: 5, seedsCount: 5 },
  { nodes: 20, seedsCount: 2 },
])(
  'a pool of $nodes whose members all leave within 100 ms is gone within two seconds',
  async ({ nodes, seedsCount }) => {
    for (let seed = 1; seed <= seedsCount; seed += 1) {
      await using pool = await createTestCluster({ nodes, seed });
      await pool.advance(5_000);
      const beganMs = pool.clock.nowMs();
      const leaving: Promise<void>[] = [];
      for (const name of pool.names) {
        leaving.push(pool.gossip(name).leave());
        await pool.advance(100 / nodes);
      }
      await pool.settle(Promise.all(leaving));
      expect(pool.clock.nowMs() - beganMs, `seed ${seed}`).toBeLessThanOrEqual(2_000);
      for (const observer of pool.names) {
        for (const subject of pool.names) {
          expect(pool.statusSeenBy(observer, subject)).toMatch(/^(leaving|left)$/);
        }
      }
    }
  },
);

test('a member that leaves while others stay is left in all their lists', async () => {
  await using pool = await createTestCluster({ nodes: 5, seed: 2 });
  await pool.settle(pool.gossip('m2').leave());
  await pool.stop('m2');
  await pool.advance(30_000);
  for (const observer of pool.running) expect(pool.statusSeenBy(observer, 'm2')).toBe('left');
});
