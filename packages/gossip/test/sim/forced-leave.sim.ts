import { createTestCluster } from '@hobnob/gossip/testing';
import { describe, expect, test } from 'vitest';
import { allForcedLeaves, expectForcedOut, hardestForcedLeave } from '../support/forced-leave.ts';

/** `long-sim/forced-leave.sim.ts` has larger pools. */
describe('a forced leave of a member that has just crashed', () => {
  test('ends at left, or erased, at each of 5 members', () => expectForcedOut(5, [1, 2], allForcedLeaves));

  test('ends at erased at each of 30 members, before any member suspects the crashed one', () =>
    expectForcedOut(30, [2], hardestForcedLeave));

  test('is refuted by a member that lives', async () => {
    await using pool = await createTestCluster({ nodes: 30, seed: 3, gossip: { compression: false } });
    for (const prune of [false, true]) {
      await pool.settle(pool.gossip('m1').forceLeave('m2', { prune }));
      await pool.advance(3_000);
      expect(pool.isConverged()).toBe(true);
    }
  });
});
