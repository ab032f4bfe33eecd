import type { GossipInternals } from '../../src/pool/create-gossip.ts';
import type { MemberOptions, TestCluster, TestClusterOptions } from '../../src/testing/cluster-interface.ts';
import { createClusterWith } from '../../src/testing/create-test-cluster.ts';

/** A pool whose members have the same options. */
export interface HealingPoolOptions extends TestClusterOptions {
  readonly gossip?: MemberOptions;
}

/** The pools of one file of simulations. */
export interface HealingPools {
  /** Opens a pool, perhaps without something that heals it. Uncompressed, which saves most of the time of a large one. */
  open(options: HealingPoolOptions, internals?: GossipInternals): Promise<TestCluster>;
  /** The same for what differs most often. */
  of(nodes: number, seed: number, gossip?: MemberOptions, internals?: GossipInternals): Promise<TestCluster>;
  /** Closes all that are open. */
  close(): Promise<void>;
}

/** To be closed after each test. */
export function healingPools(): HealingPools {
  const pools: TestCluster[] = [];
  const open: HealingPools['open'] = async ({ gossip, ...options }, internals = {}) => {
    const pool = await createClusterWith(
      { ...options, gossip: { compression: false, ...gossip } },
      internals,
    );
    pools.push(pool);
    return pool;
  };
  return {
    open,
    of: (nodes, seed, gossip = {}, internals = {}) => open({ nodes, seed, gossip }, internals),
    close: async () => {
      await Promise.all(pools.splice(0).map((pool) => pool[Symbol.asyncDispose]()));
    },
  };
}
