import { randomUUID } from 'node:crypto';
import type { Rpc } from '@hobnob/catalog';
import { loadExpressionEngine } from '@hobnob/gossip';
import type { AgentPort, StateArchives } from '../agent-port.ts';
import type { LocalPort } from '../local/local-port.ts';
import { type OpenLocal, openLocal } from '../local/open-local.ts';
import { ownNode } from '../local/own-node.ts';
import type { AgentConfig } from '../options.ts';
import { AgentPools } from '../pools/agent-pools.ts';
import { describeSelf } from '../pools/agent-self.ts';
import { Coordinates } from '../pools/coordinates.ts';
import { EventLog } from '../pools/event-log.ts';
import { Keyring } from '../pools/keyring.ts';
import type { Pool } from '../pools/pool.ts';
import { toAgentMember } from '../pools/records.ts';
import { UserEvents } from '../pools/user-events.ts';
import type { AgentLogger, AgentPorts } from '../ports.ts';
import { type OpenCatalog, openCatalog, rpcAddress } from '../rpc/in-process.ts';
import { openKeptState } from '../rpc/kept-state.ts';
import { LeaderDuties } from '../rpc/leader-duties.ts';
import { stateArchives } from '../rpc/snapshots.ts';
import { withoutServers } from '../rpc/without-servers.ts';
import type { AgentTls } from '../tls/agent-tls.ts';
import { Lifecycle } from './lifecycle.ts';
import type { Opened } from './release.ts';
import { ReloadableConfig, type ReloadParts } from './reload.ts';

/** What is open before the parts of an agent are joined. */
export interface OpenParts extends Pick<ReloadParts, 'options' | 'readOptions' | 'onReloaded'> {
  readonly config: AgentConfig;
  readonly nodeId: string;
  readonly tls: AgentTls;
  readonly lan: Pool;
  readonly wan: Pool | undefined;
  readonly logger: AgentLogger;
  readonly ports: AgentPorts;
  /** Everything that closing has to release, in the order in which it was opened; HTTP is added later. */
  readonly opened: Opened[];
}

/** The parts of one agent, joined. */
export interface WiredAgent {
  readonly pools: AgentPools;
  readonly lifecycle: Lifecycle;
  /** What HTTP gets. */
  readonly port: AgentPort;
  readonly current: ReloadableConfig;
}

/** Joins the parts of an agent. From here on it receives user events, and a server's catalog follows the pool. */
export async function wireAgent(open: OpenParts): Promise<WiredAgent> {
  const { config, logger, ports, opened } = open;
  const lifecycle = new Lifecycle({
    server: config.server,
    logger,
    clock: ports.clock,
    opened,
    leavePools: () => pools.leave(),
  });
  const log = logger.child({ component: 'agent' });
  const pools = new AgentPools({ config, lan: open.lan, wan: open.wan, closing: lifecycle.closing, log });
  let local: OpenLocal | undefined;
  const eventLog = new EventLog(ports.clock, lifecycle.closing);
  const events = new UserEvents({
    config,
    logger,
    clock: ports.clock,
    // Before they are restored, an event for services is for others.
    services: () => local?.port.services() ?? new Map(),
    lan: pools.lan,
    log: eventLog,
    newId: randomUUID,
    loadExpressions: loadExpressionEngine,
  });
  const stopEvents = events.start();
  opened.push({ what: 'user events', close: async () => stopEvents() });
  const coordinates = new Coordinates({ config, lan: pools.lan, wan: pools.wan });
  const catalog = config.server ? await startCatalog(open, { pools, lifecycle, coordinates }) : undefined;
  if (catalog === undefined) {
    log.warn({}, 'a client does not reach servers yet: what is registered here is in no catalog');
  }
  const rpc = catalog?.rpc ?? withoutServers(coordinates);
  local = await startLocal(open, { pools, lifecycle, rpc });
  const current = reloadable(open, { lifecycle, local });
  return {
    pools,
    lifecycle,
    port: agentPort(open, { pools, lifecycle, eventLog, events, rpc, catalog, local: local.port, current }),
    current,
  };
}

function reloadable(
  { config, nodeId, logger, options, readOptions, onReloaded, tls }: OpenParts,
  { lifecycle, local }: { readonly lifecycle: Lifecycle; readonly local: OpenLocal },
): ReloadableConfig {
  return new ReloadableConfig({
    options,
    config,
    readOptions,
    onReloaded,
    prepare: async (next) => {
      const changeTls = await tls.prepare(next.tls);
      const changeLocal = await local.prepareReload({
        own: ownNode({ ...config, nodeMeta: next.nodeMeta }, nodeId),
        definitions: next.definitions,
        discardsOutput: next.checks.discardsOutput,
      });
      return async () => {
        changeTls();
        await changeLocal();
      };
    },
    requireRunning: () => lifecycle.requireRunning(),
    log: logger.child({ component: 'agent' }),
  });
}

/** Opens the catalog and enters the members and this node into it. */
async function startCatalog(
  { config, logger, ports, opened }: OpenParts,
  {
    pools,
    lifecycle,
    coordinates,
  }: Pick<PortParts, 'pools' | 'lifecycle'> & { readonly coordinates: Coordinates },
): Promise<OpenCatalog> {
  const log = logger.child({ component: 'agent.server' });
  const catalog = openCatalog({
    config,
    clock: ports.clock,
    logger: log,
    kept: await openKeptState({ config, clock: ports.clock, logger: log }),
    closing: lifecycle.closing,
    datacenters: () => coordinates.datacenters(),
  });
  opened.push({ what: 'catalog', close: catalog.close });
  const duties = new LeaderDuties({ config, lan: pools.lan, catalog, clock: ports.clock, log });
  opened.push({ what: 'duties of the leader', close: () => duties.close() });
  await duties.start();
  return catalog;
}

/** Restores what was registered here, and enters it and the node into the catalog, as far as that is reached. */
async function startLocal(
  { config, nodeId, logger, ports, opened, tls }: OpenParts,
  { pools, lifecycle, rpc }: Pick<PortParts, 'pools' | 'lifecycle' | 'rpc'>,
): Promise<OpenLocal> {
  const local = await openLocal({
    config,
    own: ownNode(config, nodeId),
    ownTls: () => tls.loaded.forChecks,
    rpc,
    lan: pools.lan,
    clock: ports.clock,
    rng: { next: Math.random },
    wallMs: Date.now,
    requireRunning: () => lifecycle.requireRunning(),
    logger,
  });
  opened.push({ what: 'registrations', close: local.close });
  await local.start();
  return local;
}

interface PortParts {
  readonly pools: AgentPools;
  readonly lifecycle: Lifecycle;
  readonly eventLog: EventLog;
  readonly events: UserEvents;
  readonly rpc: Rpc;
  readonly catalog: OpenCatalog | undefined;
  readonly local: LocalPort;
  readonly current: ReloadableConfig;
}

function agentPort(
  { config, nodeId, logger, ports }: OpenParts,
  { pools, lifecycle, eventLog, events, rpc, catalog, local, current }: PortParts,
): AgentPort {
  const { lan, wan } = pools;
  return {
    self: () => describeSelf({ config: current.config, nodeId, lan, wan, local }),
    members: (pool) => pools.get(pool)?.gossip.members().map(toAgentMember),
    join: async (address, { pool }) => {
      lifecycle.requireRunning();
      await pools.join([address], { pool });
    },
    forceLeave: async (node, options) => {
      lifecycle.requireRunning();
      await pools.forceLeave(node, options);
    },
    reload: async () => void (await current.reload()),
    leave: async () => {
      await lifecycle.leavePools();
      lifecycle.closeSoon({ reason: 'left' });
    },
    events: {
      fire: (request) => events.fire(request),
      list: async (name, wait) => (wait === undefined ? eventLog.list(name) : eventLog.listAfter(name, wait)),
    },
    rpc,
    local,
    localSetup: {
      settings: { checks: config.checks, sidecarPorts: config.sidecarPorts },
      log: logger.child({ component: 'agent' }),
      clock: ports.clock,
      closing: lifecycle.closing,
    },
    catalog: catalog?.own,
    archives: catalog && archivesOf(catalog, { config, nodeId, logger }),
    place: { datacenter: config.datacenter, nodeName: config.nodeName },
    keyring: new Keyring({ config, lan, wan }),
  };
}

function archivesOf(
  { state, log, own }: OpenCatalog,
  { config, nodeId, logger }: Pick<OpenParts, 'config' | 'nodeId' | 'logger'>,
): StateArchives {
  return stateArchives({
    state,
    log,
    turns: own.turns,
    server: () => ({ Suffrage: 0, ID: nodeId, Address: rpcAddress(config) }),
    wallMs: Date.now,
    logger: logger.child({ component: 'agent.server' }),
  });
}
