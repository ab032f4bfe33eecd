import { afterEach, describe, expect, test } from 'vitest';
import type { TestCluster } from '../../src/testing/index.ts';
import { healingPools } from '../support/healing-pools.ts';
import { expectOneTruth, isBack, nineOfTenRestart } from '../support/restarts.ts';

/** What the simulations of healing show with small pools, with pools that take half a minute each. */
const pools = healingPools();
afterEach(() => pools.close());

const halvesOf = (pool: TestCluster): readonly [readonly string[], readonly string[]] => {
  const middle = pool.names.length / 2;
  return [pool.names.slice(0, middle), pool.names.slice(middle)];
};

/** Two halves of a hundred, apart for ten minutes. Returns what heals them. */
async function apartForTenMinutes(pool: TestCluster): Promise<() => void> {
  const heal = pool.partition(...halvesOf(pool));
  await pool.advance(600_000);
  return heal;
}

describe('a pool of 100 in two halves for ten minutes', () => {
  test('is whole again within 30 s, without a list of seeds', async () => {
    const pool = await pools.open({ nodes: 100, seed: 1, start: 'joined' });
    const heal = await apartForTenMinutes(pool);
    expect(pool.statusSeenBy('m1', 'm100')).toBe('failed');
    heal();
    await pool.advanceUntil(() => pool.isConverged(), 30_000);
  }, 180_000);

  /** The halves have forgotten each other, so that nothing of Serf's own leads back. */
  const timing = { reconnectTimeoutMs: 300_000, tombstoneTimeoutMs: 300_000 };

  test('is whole again within 30 s, though each half has reaped the other', async () => {
    const pool = await pools.open({ nodes: 100, seed: 2, start: 'joined', gossip: { timing } });
    const heal = await apartForTenMinutes(pool);
    expect(pool.statusSeenBy('m1', 'm100')).toBeUndefined();
    heal();
    await pool.advanceUntil(() => pool.isConverged(), 30_000);
  }, 180_000);
});

test('a restart of 180 of 200 members within a second, who know no seed, loses nobody', async () => {
  const { pool, restarted } = await nineOfTenRestart(pools, 200, 1, 0);
  expect(restarted).toHaveLength(180);
  await pool.advanceUntil(() => isBack(pool, restarted), 60_000);
  await pool.advance(15_000);
  await expectOneTruth(pool);
}, 180_000);
