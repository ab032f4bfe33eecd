import { type Clock, formatAddress, type Gossip, type Member } from '@hobnob/gossip';
import { pause } from '@hobnob/gossip/runtime';
import type { AgentLogger } from '../ports.ts';
import { consulServerOf } from './consul-server.ts';

/** Consul's interval (agent/consul config.go ServerConfig SerfFloodInterval). */
const floodIntervalMs = 60_000;

/**
 * The WAN seeds of LAN servers of our datacenter that the WAN does not hold yet: `<node>.<dc>/<host>:<port>`,
 * at the port the server announces, else at ours. Pure. Source: Consul agent/router serf_flooder.go.
 */
export function floodSeeds(
  lanMembers: readonly Member[],
  wanMembers: readonly Member[],
  own: { readonly datacenter: string; readonly wanPort: number },
): readonly string[] {
  const onWan = new Set(wanMembers.filter(({ status }) => status === 'alive').map(({ name }) => name));
  return lanMembers.flatMap((member) => {
    const server = consulServerOf(member);
    if (server === undefined || member.status !== 'alive' || server.datacenter !== own.datacenter) return [];
    const wanName = `${member.name}.${server.datacenter}`;
    if (onWan.has(wanName)) return [];
    return [`${wanName}/${formatAddress({ host: server.host, port: server.wanJoinPort ?? own.wanPort })}`];
  });
}

export interface FloodJoinParts {
  readonly lan: Gossip;
  readonly wan: Gossip;
  readonly datacenter: string;
  readonly clock: Clock;
  readonly logger: AgentLogger;
}

/** Brings LAN servers into the WAN pool: when one appears, and once a minute. Resolves when `signal` aborts. */
export async function floodJoin(parts: FloodJoinParts, signal: AbortSignal): Promise<void> {
  const { lan, wan, datacenter, clock, logger } = parts;
  let wake = new AbortController();
  const wakeUp = (): void => wake.abort();
  const ends = [lan.on('member-join', wakeUp), lan.on('member-update', wakeUp)];
  signal.addEventListener('abort', wakeUp, { once: true });
  try {
    while (!signal.aborted) {
      // A fresh signal before the members are read: a change during the joins starts the next round.
      wake = new AbortController();
      const own = { datacenter, wanPort: wan.bindAddress.port };
      for (const seed of floodSeeds(lan.members(), wan.members(), own)) {
        await floodOne(wan, seed, logger, signal);
      }
      if (!signal.aborted) await pause(clock, floodIntervalMs, wake.signal);
    }
  } finally {
    for (const end of ends) end();
    signal.removeEventListener('abort', wakeUp);
  }
}

/** A server that cannot be reached on the WAN now is tried again a minute later. */
async function floodOne(wan: Gossip, seed: string, logger: AgentLogger, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    await wan.join([seed], { signal });
    logger.debug({ server: seed }, 'Successfully performed flood-join for server at address');
  } catch (error) {
    if (signal.aborted) return;
    logger.debug({ server: seed, err: error }, 'Failed to flood-join server at address');
  }
}
