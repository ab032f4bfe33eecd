import type { GossipInternals } from '../../src/pool/create-gossip.ts';
import {
  createClusterWith,
  type TestCluster,
  type TestClusterOptions,
} from '../../src/testing/test-cluster.ts';

/** The pools of one file of simulations. */
export interface HealingPools {
  /** Opens a pool, perhaps without something that heals it. Uncompressed, which saves most of the time of a large one. */
  open(options: TestClusterOptions, internals?: GossipInternals): Promise<TestCluster>;
  /** Closes all that are open. */
  close(): Promise<void>;
}

/** To be closed after each test. */
export function healingPools(): HealingPools {
  const pools: TestCluster[] = [];
  return {
    open: async ({ gossip, ...options }, internals = {}) => {
      const pool = await createClusterWith(
        { ...options, gossip: { compression: false, ...gossip } },
        internals,
      );
      pools.push(pool);
      return pool;
    },
    close: async () => {
      await Promise.all(pools.splice(0).map((pool) => pool[Symbol.asyncDispose]()));
    },
  };
}
