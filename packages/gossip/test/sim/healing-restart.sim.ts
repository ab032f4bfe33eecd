import { afterEach, describe, expect, test } from 'vitest';
import { healingPools } from '../support/healing-pools.ts';
import { effort } from '../support/many-seeds.ts';
import {
  expectHalvesToReturn,
  expectOneTruth,
  expectRestartedToReturn,
  isBack,
  nineOfTenRestart,
} from '../support/restarts.ts';

/** Small pools and few seeds; `long-sim/healing-restart.sim.ts` has large pools and many. */
const file = 'packages/gossip/test/sim/healing-restart.sim.ts';
const pools = healingPools();
afterEach(() => pools.close());

describe('members that restart and know no seed', () => {
  test('27 of 30 within a second are all back within a minute', async () => {
    const { pool, restarted } = await nineOfTenRestart(pools, 30, 0);
    expect(restarted).toHaveLength(27);
    await pool.advanceUntil(() => isBack(pool, restarted), 60_000);
    await pool.advance(15_000);
    await expectOneTruth(pool);
  });

  test('27 of 30 after three minutes are all back within a minute', async () => {
    const { pool, restarted } = await nineOfTenRestart(pools, 30, 180_000);
    await pool.advanceUntil(() => isBack(pool, restarted), 60_000);
    await expectOneTruth(pool);
  });

  test('any share of any pool, after any outage, with lost datagrams and changed tags, is back within a minute', {
    timeout: 60_000 * effort,
  }, async ({ task }) => {
    await expectRestartedToReturn({ file, test: task.name }, 2);
  });

  test('a single member is found by the members that ping it', async () => {
    const timing = { pushPullIntervalMs: 0 };
    const pool = await pools.open({ nodes: 10, seed: 2, gossip: { timing } });
    await pool.advance(30_000); // until no broadcast is left
    const back = await pool.restart('m10');
    expect(back.members()).toHaveLength(1);
    await pool.advanceUntil(() => pool.isConverged(), 10_000);
  });

  test('a single member stays alone without reconnect pings and corrections', async () => {
    const timing = { pushPullIntervalMs: 0 };
    const disabledExtensions = new Set(['reconnect-pings', 'corrections'] as const);
    const pool = await pools.open({ nodes: 10, seed: 2, gossip: { timing } }, { disabledExtensions });
    await pool.advance(30_000);
    const back = await pool.restart('m10');
    await pool.advance(30_000);
    expect(back.members()).toHaveLength(1);
  });
});

test.each([1, 2, 3])(
  'two halves that both restarted during a partition find each other by their snapshots (seed %i)',
  (seed) => expectHalvesToReturn(pools, seed),
);
