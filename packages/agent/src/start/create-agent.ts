import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGossip } from '@hobnob/gossip';
import { systemClock } from '@hobnob/gossip/runtime';
import type { AgentPort } from '../agent-port.ts';
import { checkRuntime } from '../config/check-options.ts';
import { checkProtocols } from '../config/protocol.ts';
import { resolveAgentOptions } from '../config/resolve.ts';
import { openDataDir } from '../io/data-dir.ts';
import { readHostFacts } from '../io/host-facts.ts';
import { guardLogger, silentAgentLogger } from '../loggers.ts';
import type { AgentConfig, AgentOptions } from '../options.ts';
import { logMembers } from '../pools/member-log.ts';
import { Pool, type PoolParts } from '../pools/pool.ts';
import type { AgentLogger, AgentPorts, PoolName } from '../ports.ts';
import { AgentTls } from '../tls/agent-tls.ts';
import type { Agent, AgentRuntime } from '../types.ts';
import { openWatches } from './open-watches.ts';
import { type Opened, releaseInReverse } from './release.ts';
import type { ReloadableConfig } from './reload.ts';
import { RunningAgent } from './running-agent.ts';
import { startJoins } from './start-joins.ts';
import { type WiredAgent, wireAgent } from './wiring.ts';

/**
 * Starts an agent: checks the options, loads the node id, opens the pools and the HTTP API, makes the first
 * joins. When a step fails, what was opened before is closed again.
 * @throws AgentError with the code that names the failing step, see `AgentErrorCode`; the signal's reason.
 */
export async function createAgent(options: AgentOptions, runtime: AgentRuntime = {}): Promise<Agent> {
  const { signal, onPrepared, readOptions, onReloaded, ...given } = checkRuntime(runtime);
  const logger = given.logger === undefined ? silentAgentLogger : guardLogger(given.logger);
  const ports: AgentPorts = {
    clock: given.ports?.clock ?? systemClock(),
    createGossip: given.ports?.createGossip ?? createGossip,
  };
  const log = logger.child({ component: 'agent' });
  const config = resolveAgentOptions(options, readHostFacts());
  for (const warning of config.warnings) log.warn({}, warning);
  // Loading blocks the process for long enough to look like a stall to a pool that is open already.
  const tls = await AgentTls.open(config.tls);
  const [http, dataDir] = await Promise.all([loadHttp(config), openDataDir(config, log)]);
  const { nodeId } = dataDir;
  const opened: Opened[] = [{ what: 'data directory', close: dataDir.close }];
  let wired: WiredAgent | undefined;
  try {
    onPrepared?.({ config, nodeId });
    signal?.throwIfAborted();
    checkProtocols(config);
    const parts = { config, nodeId, logger, ports };
    const wan = config.server && config.ports.serfWan >= 0 ? await openPool('wan', parts, opened) : undefined;
    const lan = await openPool('lan', parts, opened);
    wired = await wireAgent({
      ...parts,
      lan,
      wan,
      tls,
      opened,
      options,
      readOptions: readOptions ?? (async () => options),
      onReloaded: onReloaded ?? (() => undefined),
    });
    const { pools, lifecycle, port, current } = wired;
    const httpAddresses = await openHttp(http, { current, logger, agent: port, tls }, opened);
    signal?.throwIfAborted();
    const watches = openWatches({ httpAddresses, tls, clock: ports.clock, logger });
    opened.push({ what: 'watches', close: () => watches.close() });
    lifecycle.closing.addEventListener('abort', () => void watches.close(), { once: true });
    void watches.replace(config.watches);
    current.follow((next) => watches.replace(next.watches));
    await startJoins({ config, logger, pools, lifecycle, clock: ports.clock }, signal);
    return new RunningAgent({ current, nodeId, httpAddresses, pools, lifecycle });
  } catch (error) {
    await (wired === undefined
      ? releaseInReverse(opened, { clock: ports.clock, logger: log })
      : wired.lifecycle.close({ reason: 'closed' }));
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
async function loadHttp({ http }: Pick<AgentConfig, 'http'>) {
  if (http.listeners.length === 0) return undefined;
  const [
    { buildServer },
    { listen },
    { ConnectionLimit },
    { withLookUp },
    { fastKvReads },
    { fastKvWrites },
  ] = await Promise.all([
    import('../http/server.ts'),
    import('../http/listen.ts'),
    import('../http/connection-limit.ts'),
    import('../http/look-up.ts'),
    import('../http/fast-kv-reads.ts'),
    import('../http/fast-kv-writes.ts'),
  ]);
  return { buildServer, listen, ConnectionLimit, withLookUp, fastKvReads, fastKvWrites };
}

interface HttpParts {
  readonly current: ReloadableConfig;
  readonly logger: AgentLogger;
  readonly agent: AgentPort;
  readonly tls: AgentTls;
}

/** Listens on every address; resolves with the URLs. */
async function openHttp(
  http: Awaited<ReturnType<typeof loadHttp>>,
  { current, logger, agent, tls }: HttpParts,
  opened: Opened[],
): Promise<readonly string[]> {
  if (http === undefined) return [];
  const { config } = current;
  const { buildServer, listen, ConnectionLimit, withLookUp, fastKvReads, fastKvWrites } = http;
  const httpLog = logger.child({ component: 'agent.http' });
  const app = buildServer({ agent, config, logger: httpLog });
  opened.push({ what: 'HTTP routes', close: () => app.close() });
  await app.ready();
  const log = logger.child({ component: 'agent' });
  const next = (request: IncomingMessage, response: ServerResponse): void => app.routing(request, response);
  const { catalog, place } = agent;
  const fast = catalog && fastKvReads({ catalog, place, config });
  const takeWrite = catalog && fastKvWrites({ ...config, catalog, logger: httpLog });
  const answer = withLookUp({ catalog, logger: httpLog, takeWrite, fast, next });
  const { socketMode, handshakeTimeoutMs } = config.http;
  const settings = {
    socketMode,
    limit: new ConnectionLimit(() => current.config.http.connectionsPerClientMax),
    tls: { tls, handshakeTimeoutMs, log: httpLog },
  };
  const urls: string[] = [];
  for (const listener of config.http.listeners) {
    const protocol = listener.protocol.toUpperCase();
    const { url, address, network, close } = await listen(answer, listener, settings);
    log.info(
      { address, network },
      listener.protocol === 'https' ? 'Started HTTPS server' : 'Started HTTP server',
    );
    urls.push(url);
    const stop = (): Promise<void> => {
      log.info({ protocol, address, network }, 'Stopping server');
      return close();
    };
    opened.push({ what: `${protocol} server ${address}`, close: stop });
  }
  return urls;
}
