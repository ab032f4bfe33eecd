import type { TestCluster } from '../../src/testing/index.ts';
import type { HealingPools } from './healing-pools.ts';

/** With these the halves forget each other meanwhile, so that nothing of Serf's own leads back. */
export const reapedWithinTenMinutes = { reconnectTimeoutMs: 300_000, tombstoneTimeoutMs: 300_000 };

/** A pool in two halves, apart for ten minutes. Returns what heals them. */
export async function apartForTenMinutes(pool: TestCluster): Promise<() => void> {
  const middle = pool.names.length / 2;
  const heal = pool.partition(pool.names.slice(0, middle), pool.names.slice(middle));
  await pool.advance(600_000);
  return heal;
}

/**
 * Two halves meet after ten minutes.
 * @returns how a member of one half saw one of the other at the end of them.
 * @throws SimulationError when the pool is not whole within 30 s.
 */
export async function healHalves(
  pools: HealingPools,
  nodes: number,
  { seed, reaped }: { readonly seed: number; readonly reaped: boolean },
): Promise<ReturnType<TestCluster['statusSeenBy']>> {
  const gossip = reaped ? { timing: reapedWithinTenMinutes } : {};
  const pool = await pools.open({ nodes, seed, start: 'joined', gossip });
  const heal = await apartForTenMinutes(pool);
  const seen = pool.statusSeenBy('m1', `m${nodes}`);
  heal();
  await pool.advanceUntil(() => pool.isConverged(), 30_000);
  return seen;
}
