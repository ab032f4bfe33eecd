import type { GossipInternals } from '../../src/pool/create-gossip.ts';
import type { TestCluster } from '../../src/testing/index.ts';
import type { HealingPools } from './healing-pools.ts';

/** With these timeouts each half reaps the other within ten minutes, so that Serf's own reconnects cannot find it. */
const reapedWithinTenMinutes = { reconnectTimeoutMs: 300_000, tombstoneTimeoutMs: 300_000 };

/** Partitions a pool into two halves for ten minutes. Returns the function that heals the network. */
async function apartForTenMinutes(pool: TestCluster): Promise<() => void> {
  const middle = pool.names.length / 2;
  const heal = pool.partition(pool.names.slice(0, middle), pool.names.slice(middle));
  await pool.advance(600_000);
  return heal;
}

/**
 * Partitions a pool into two halves for ten minutes, and heals the network.
 * @returns how a member of one half saw a member of the other just before the network healed.
 * @throws Error when the pool has not converged within 30 s.
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

/**
 * Partitions a pool whose members send no reconnect pings, and waits ten minutes after the network has healed.
 * @returns how a member of one half sees a member of the other then.
 */
export async function healWithoutReconnectPings(
  pools: HealingPools,
  nodes: number,
): Promise<ReturnType<TestCluster['statusSeenBy']>> {
  const gossip = { timing: reapedWithinTenMinutes };
  const internals: GossipInternals = { disabledExtensions: new Set(['reconnect-pings']) };
  const pool = await pools.open({ nodes, seed: 2, start: 'joined', gossip }, internals);
  const heal = await apartForTenMinutes(pool);
  heal();
  await pool.advance(600_000);
  return pool.statusSeenBy('m1', `m${nodes}`);
}

/** Cuts one member of a pool of 20 off for some minutes. Returns how long the pool takes to converge afterwards. */
export async function convergedAfterCutOffMs(
  pools: HealingPools,
  seed: number,
  disabledExtensions: readonly 'reconnect-pings'[],
): Promise<number> {
  const pool = await pools.open({ nodes: 20, seed }, { disabledExtensions: new Set(disabledExtensions) });
  const heal = pool.partition(['m1'], pool.names.slice(1));
  // The moment decides how long Serf's own reconnects take, so it differs from seed to seed.
  await pool.advance(150_000 + seed * 3_700);
  heal();
  const healedMs = pool.clock.nowMs();
  await pool.advanceUntil(() => pool.isConverged(), 120_000);
  return pool.clock.nowMs() - healedMs;
}
