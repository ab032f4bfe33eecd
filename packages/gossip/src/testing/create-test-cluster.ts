import type { GossipInternals } from '../pool/create-gossip.ts';
import { requireOptions } from './check-options.ts';
import type { TestCluster, TestClusterOptions } from './cluster-interface.ts';
import { SimulatedCluster } from './simulated-cluster.ts';

/**
 * Starts the members and, unless they start joined, joins them through the first; resolves when the pool has converged.
 * @throws GossipTypeError GOSSIP_ARGUMENT for an option of the wrong type or an unknown one, RangeError for one out of
 *   range, GossipError for the options of a member; no member is left running then.
 */
export function createTestCluster(options: TestClusterOptions): Promise<TestCluster> {
  return createClusterWith(options, {});
}

/** Like `createTestCluster`, with settings of members that are not public; for this project's own tests. */
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
