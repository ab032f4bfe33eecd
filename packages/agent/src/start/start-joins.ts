import type { Clock } from '@hobnob/gossip';
import type { AgentConfig } from '../options.ts';
import type { AgentPools } from '../pools/agent-pools.ts';
import { floodJoin } from '../pools/flood-join.ts';
import { retryJoin } from '../pools/retry-join.ts';
import type { AgentLogger } from '../ports.ts';
import type { Lifecycle } from './lifecycle.ts';

export interface StartJoinsParts {
  readonly config: Pick<AgentConfig, 'lanJoin' | 'wanJoin' | 'datacenter'>;
  readonly pools: AgentPools;
  readonly lifecycle: Lifecycle;
  readonly clock: Clock;
  readonly logger: AgentLogger;
}

/**
 * Joins through the start-join addresses, without which an agent does not start, and then hands the loops that join
 * for ever to the lifecycle: retry-join, and on servers flood join.
 * @throws AgentError of the first pool that could not be joined; the signal's reason.
 */
export async function startJoins(parts: StartJoinsParts, signal: AbortSignal | undefined): Promise<void> {
  const { config, pools, lifecycle, clock, logger } = parts;
  const log = logger.child({ component: 'agent' });
  if (config.lanJoin.startJoin.length > 0) {
    const count = await pools.join(config.lanJoin.startJoin, { pool: 'lan', signal });
    log.info({ agent_count: count }, 'Join completed. Initial agents synced with');
  }
  if (config.wanJoin.startJoin.length > 0) {
    const count = await pools.join(config.wanJoin.startJoin, { pool: 'wan', signal });
    log.info({ agent_count: count }, 'Join -wan completed. Initial agents synced with');
  }
  startRetryJoin('lan', parts, log);
  startRetryJoin('wan', parts, log);
  const { lan, wan } = pools;
  if (wan === undefined) return;
  const serverLog = logger.child({ component: 'agent.server' });
  const flood = { lan, wan, datacenter: config.datacenter, clock, logger: serverLog };
  lifecycle.run(floodJoin(flood, lifecycle.closing));
}

function startRetryJoin(pool: 'lan' | 'wan', parts: StartJoinsParts, log: AgentLogger): void {
  const { config, pools, lifecycle, clock } = parts;
  let level: 'info' | 'debug' = 'info';
  const join = async (addresses: readonly string[], signal: AbortSignal): Promise<number> => {
    const count = await pools.join(addresses, { pool, signal, level });
    // The first server of a pool, whose list names only itself, retries for ever: that must not fill the log.
    if (count === 0) level = 'debug';
    return count;
  };
  const hasPeers = (): boolean => pools.get(pool)?.hasPeers ?? false;
  const cluster = pool === 'lan' ? 'LAN' : 'WAN';
  const options = pool === 'lan' ? config.lanJoin : config.wanJoin;
  lifecycle.run(retryJoin({ clock, logger: log, cluster, join, hasPeers }, options, lifecycle.closing));
}
