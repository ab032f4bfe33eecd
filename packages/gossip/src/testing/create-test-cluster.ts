import type { GossipInternals } from '../pool/create-gossip.ts';
import { requireOptions } from './check-options.ts';
import type { TestCluster, TestClusterOptions } from './cluster-interface.ts';
import { SimulatedCluster } from './simulated-cluster.ts';

/**
 * Starts the members and joins them, through the first if they have to; resolves when the pool is whole.
 * @throws GossipTypeError GOSSIP_ARGUMENT for an option of the wrong type or an unknown one, RangeError for options that
 *   make no pool, GossipError for those of a member; nothing is left open then.
 */
export function createTestCluster(options: TestClusterOptions): Promise<TestCluster> {
  return createClusterWith(options, {});
}

/** The same with members that differ inside; for our own experiments. */
export async function createClusterWith(
  options: TestClusterOptions,
  internals: GossipInternals,
): Promise<TestCluster> {
  requireOptions('createTestCluster', options);
  const cluster = new SimulatedCluster(options, internals);
  try {
    await cluster.startAll();
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}
