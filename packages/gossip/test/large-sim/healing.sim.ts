import { afterEach, describe, expect, test } from 'vitest';
import { healHalves } from '../support/halves.ts';
import { healingPools } from '../support/healing-pools.ts';
import { expectOneTruth, isBack, nineOfTenRestart } from '../support/restarts.ts';

/** What the simulations of healing show with small pools, with pools that take half a minute each. */
const pools = healingPools();
afterEach(() => pools.close());

describe('a pool of 100 in two halves for ten minutes', () => {
  test('is whole again within 30 s, without a list of seeds', async () => {
    expect(await healHalves(pools, 100, { seed: 1, reaped: false })).toBe('failed');
  }, 180_000);

  test('is whole again within 30 s, though each half has reaped the other', async () => {
    expect(await healHalves(pools, 100, { seed: 2, reaped: true })).toBeUndefined();
  }, 180_000);
});

test('a restart of 180 of 200 members within a second, who know no seed, loses nobody', async () => {
  const { pool, restarted } = await nineOfTenRestart(pools, 200, 1, 0);
  expect(restarted).toHaveLength(180);
  await pool.advanceUntil(() => isBack(pool, restarted), 60_000);
  await pool.advance(15_000);
  await expectOneTruth(pool);
}, 180_000);
