import { afterEach, describe, expect, test } from 'vitest';
import { convergedAfterCutOffMs, healHalves, healWithoutReconnectPings } from '../support/halves.ts';
import { healingPools } from '../support/healing-pools.ts';
import { effort } from '../support/many-seeds.ts';
import { expectSplitsToHeal } from '../support/split-scenario.ts';

/** The simulations of `sim/healing-partition.sim.ts` with large pools and many seeds. */
const file = 'packages/gossip/test/long-sim/healing-partition.sim.ts';
const pools = healingPools();
afterEach(() => pools.close());

describe.each([30, 100])('a pool of %i in two halves for ten minutes', (nodes) => {
  test('converges within 30 s of healing, without a list of seeds', async () => {
    expect(await healHalves(pools, nodes, { seed: 1, reaped: false })).toBe('failed');
  });

  test('converges within 30 s of healing, though each half has reaped the other', async () => {
    expect(await healHalves(pools, nodes, { seed: 2, reaped: true })).toBeUndefined();
  });
});

test('a pool of 20 in two halves for ten minutes stays apart for good without reconnect pings', async () => {
  expect(await healWithoutReconnectPings(pools, 20)).toBeUndefined();
});

describe('a member that was cut off', () => {
  test.each([1, 2, 3, 4, 5, 6])('is back within 10 s (seed %i)', async (seed) => {
    expect(await convergedAfterCutOffMs(pools, seed, [])).toBeLessThanOrEqual(10_000);
  });

  test('takes more than twice as long without reconnect pings', async () => {
    const sumOf = async (disabledExtensions: readonly 'reconnect-pings'[]): Promise<number> => {
      const times = await Promise.all(
        [1, 2, 3].map((seed) => convergedAfterCutOffMs(pools, seed, disabledExtensions)),
      );
      return times.reduce((sum, ms) => sum + ms, 0);
    };
    expect(await sumOf(['reconnect-pings'])).toBeGreaterThan(2 * (await sumOf([])));
  });
});

test('a pool that was split in any way converges within 30 s of healing, whatever happened meanwhile', {
  timeout: 180_000 * effort,
}, async ({ task }) => {
  const sizes = [2, 3, 4, 5, 8, 12, 20, 30] as const;
  await expectSplitsToHeal({ file, test: task.name }, { seedsCount: 14, sizes });
});
