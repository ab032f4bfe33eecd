import { createGossip } from '@hobnob/gossip';
import { checkRuntime } from '../config/check-options.ts';
import { checkProtocols } from '../config/protocol.ts';
import { resolveAgentOptions } from '../config/resolve.ts';
import { guardLogger } from '../guard-logger.ts';
import { openDataDir } from '../io/data-dir.ts';
import { readHostFacts } from '../io/host-facts.ts';
import { systemClock } from '../io/system-clock.ts';
import type { AgentConfig, AgentOptions } from '../options.ts';
import { logMembers } from '../pools/member-log.ts';
import { Pool, type PoolParts } from '../pools/pool.ts';
import type { AgentPorts, PoolName } from '../ports.ts';
import { silentLogger } from '../silent-logger.ts';
import type { Agent, AgentRuntime } from '../types.ts';
import { type Opened, releaseInReverse } from './release.ts';
import { RunningAgent } from './running-agent.ts';

/**
 * Starts an agent: checks the options, loads the node id, opens the pools and the HTTP API, makes the first
 * joins. When a step fails, what was opened before is closed again.
 * @throws AgentError with the code that names the failing step, see `AgentErrorCode`; the signal's reason.
 */
export async function createAgent(options: AgentOptions, runtime: AgentRuntime = {}): Promise<Agent> {
  const { signal, onPrepared, ...given } = checkRuntime(runtime);
  const logger = given.logger === undefined ? silentLogger : guardLogger(given.logger);
  const ports: AgentPorts = {
    clock: given.ports?.clock ?? systemClock(),
    createGossip: given.ports?.createGossip ?? createGossip,
  };
  const log = logger.child({ component: 'agent' });
  const config = resolveAgentOptions(options, readHostFacts());
  for (const warning of config.warnings) log.warn({}, warning);
  // Loading blocks the process for long enough to look like a stall to a pool that is open already.
  const [http, dataDir] = await Promise.all([loadHttp(config), openDataDir(config, log)]);
  const { nodeId } = dataDir;
  const opened: Opened[] = [{ what: 'data directory', close: dataDir.close }];
  let agent: RunningAgent | undefined;
  try {
    onPrepared?.({ config, nodeId });
    signal?.throwIfAborted();
    checkProtocols(config);
    const parts = { config, nodeId, logger, ports };
    const wan = config.server && config.ports.serfWan >= 0 ? await openPool('wan', parts, opened) : undefined;
    const lan = await openPool('lan', parts, opened);
    agent = new RunningAgent({ ...parts, lan, wan, opened });
    agent.httpAddresses.push(...(await openHttp(agent, parts, http, opened)));
    signal?.throwIfAborted();
    await agent.start(signal);
    return agent;
  } catch (error) {
    await (agent === undefined
      ? releaseInReverse(opened, { clock: ports.clock, logger: log })
      : agent.close());
    throw error;
  }
}

async function openPool(name: PoolName, parts: PoolParts, opened: Opened[]): Promise<Pool> {
  const pool = await Pool.open(name, parts);
  opened.push({ what: `${name} pool`, close: () => pool.gossip.close() });
  logMembers(name, pool.gossip, parts);
  return pool;
}

/** Fastify is loaded only by agents that answer HTTP. */
async function loadHttp({ httpListeners }: Pick<AgentConfig, 'httpListeners'>) {
  if (httpListeners.length === 0) return undefined;
  const [{ buildServer }, { listen }] = await Promise.all([
    import('../http/server.ts'),
    import('../http/listen.ts'),
  ]);
  return { buildServer, listen };
}

async function openHttp(
  agent: RunningAgent,
  parts: PoolParts,
  http: Awaited<ReturnType<typeof loadHttp>>,
  opened: Opened[],
): Promise<readonly string[]> {
  const { config, logger } = parts;
  if (http === undefined) return [];
  const { buildServer, listen } = http;
  const app = buildServer({ agent: agent.port, config, logger: logger.child({ component: 'agent.http' }) });
  opened.push({ what: 'HTTP routes', close: () => app.close() });
  await app.ready();
  const log = logger.child({ component: 'agent' });
  const urls: string[] = [];
  for (const listener of config.httpListeners) {
    const { url, address, network, close } = await listen(app, listener, config);
    log.info({ address, network }, 'Started HTTP server');
    urls.push(url);
    const stop = (): Promise<void> => {
      log.info({ protocol: 'HTTP', address, network }, 'Stopping server');
      return close();
    };
    opened.push({ what: `HTTP server ${address}`, close: stop });
  }
  return urls;
}
