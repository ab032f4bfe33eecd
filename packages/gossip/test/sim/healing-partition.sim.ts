import { afterEach, describe, expect, test } from 'vitest';
import { convergedAfterCutOffMs, healHalves, healWithoutReconnectPings } from '../support/halves.ts';
import { healingPools } from '../support/healing-pools.ts';
import { effort } from '../support/many-seeds.ts';
import { expectSplitsToHeal } from '../support/split-scenario.ts';

/** Small pools and few seeds; `long-sim/healing-partition.sim.ts` has large pools and many. */
const file = 'packages/gossip/test/sim/healing-partition.sim.ts';
const pools = healingPools();
afterEach(() => pools.close());

describe('a pool of 8 in two halves for ten minutes', () => {
  test('converges within 30 s of healing, without a list of seeds', async () => {
    expect(await healHalves(pools, 8, { seed: 1, reaped: false })).toBe('failed');
  });

  test('converges within 30 s of healing, though each half has reaped the other', async () => {
    expect(await healHalves(pools, 8, { seed: 2, reaped: true })).toBeUndefined();
  });

  test('stays apart for good without reconnect pings', async () => {
    expect(await healWithoutReconnectPings(pools, 8)).toBeUndefined();
  });
});

test('a member that was cut off is back within 10 s', async () => {
  expect(await convergedAfterCutOffMs(pools, 1, [])).toBeLessThanOrEqual(10_000);
});

test('a pool that was split in any way converges within 30 s of healing, whatever happened meanwhile', {
  timeout: 60_000 * effort,
}, async ({ task }) => {
  await expectSplitsToHeal({ file, test: task.name }, { seedsCount: 4, sizes: [2, 3, 4, 5, 8] });
});
