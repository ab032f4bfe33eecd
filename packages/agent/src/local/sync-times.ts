/** When the agent compares all it has with the catalog. Source: consensus-and-rpc.md 7.2; Consul agent/ae. */

const fullIntervalMs = 60_000;
const retryIntervalMs = 15_000;
/** A server that appears finds many agents that want to sync with it. */
const serverUpIntervalMs = 3_000;
/** The size of a pool above which its agents compare less often. */
const unscaledMax = 128;

/** How much longer agents of a pool of this size wait: 1 up to 128 members, 2 up to 256, 3 up to 512 and so on. */
function scaleFactor(membersCount: number): number {
  if (membersCount <= unscaledMax) return 1;
  return Math.ceil(Math.log2(membersCount) - Math.log2(unscaledMax)) + 1;
}

/** Why the next full sync is due. */
export type FullSyncReason = 'interval' | 'retry' | 'server-up';

/**
 * How long until the next full sync.
 * @param random in [0, 1): spreads the agents of a pool.
 */
export function fullSyncDelayMs(reason: FullSyncReason, membersCount: number, random: number): number {
  const scale = scaleFactor(membersCount);
  switch (reason) {
    case 'interval':
      return fullIntervalMs + random * scale * fullIntervalMs;
    case 'retry':
      return retryIntervalMs + random * scale * retryIntervalMs;
    case 'server-up':
      return random * scale * serverUpIntervalMs;
  }
}
