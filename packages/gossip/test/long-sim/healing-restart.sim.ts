import { afterEach, describe, expect, test } from 'vitest';
import { healingPools } from '../support/healing-pools.ts';
import { effort } from '../support/many-seeds.ts';
import { expectOneTruth, expectRestartedToReturn, isBack, nineOfTenRestart } from '../support/restarts.ts';

/** The simulations of `sim/healing-restart.sim.ts` with large pools and many seeds. */
const file = 'packages/gossip/test/long-sim/healing-restart.sim.ts';
const pools = healingPools();
afterEach(() => pools.close());

describe('members that restart and know no seed', () => {
  test.each([60, 200])(
    'nine tenths of %i within a second are all back within a minute',
    async (nodes) => {
      const { pool, restarted } = await nineOfTenRestart(pools, nodes, 0);
      expect(restarted).toHaveLength(0.9 * nodes);
      await pool.advanceUntil(() => isBack(pool, restarted), 60_000);
      await pool.advance(15_000);
      await expectOneTruth(pool);
    },
    180_000,
  );

  test('54 of 60 after three minutes are all back within a minute', async () => {
    const { pool, restarted } = await nineOfTenRestart(pools, 60, 180_000);
    await pool.advanceUntil(() => isBack(pool, restarted), 60_000);
    await expectOneTruth(pool);
  });

  test('54 of 60 after three minutes are not all back within a minute without reconnect pings', async () => {
    const { pool, restarted } = await nineOfTenRestart(pools, 60, 180_000, {
      disabledExtensions: new Set(['reconnect-pings']),
    });
    await pool.advance(60_000);
    expect(isBack(pool, restarted)).toBe(false);
  });

  test('any share of any pool, after any outage, with lost datagrams and changed tags, is back within a minute', {
    timeout: 180_000 * effort,
  }, async ({ task }) => {
    await expectRestartedToReturn({ file, test: task.name }, 8);
  });
});
