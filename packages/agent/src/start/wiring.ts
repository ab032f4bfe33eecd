import { randomUUID } from 'node:crypto';
import { loadExpressionEngine } from '@hobnob/gossip';
import type { AgentPort } from '../agent-port.ts';
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
import { Lifecycle } from './lifecycle.ts';
import type { Opened } from './release.ts';

/** What is open before the parts of an agent are joined. */
export interface OpenParts {
  readonly config: AgentConfig;
  readonly nodeId: string;
  readonly lan: Pool;
  readonly wan: Pool | undefined;
  readonly logger: AgentLogger;
  readonly ports: AgentPorts;
  /** Everything that closing has to release, in the order in which it was opened; HTTP is added later. */
  readonly opened: readonly Opened[];
}

/** The parts of one agent, joined. */
export interface WiredAgent {
  readonly pools: AgentPools;
  readonly lifecycle: Lifecycle;
  /** What HTTP gets. */
  readonly port: AgentPort;
}

/** Joins the parts of an agent. From here on it receives user events. */
export function wireAgent(open: OpenParts): WiredAgent {
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
  const eventLog = new EventLog(ports.clock, lifecycle.closing);
  const events = new UserEvents({
    config,
    logger,
    lan: pools.lan,
    log: eventLog,
    newId: randomUUID,
    loadExpressions: loadExpressionEngine,
  });
  events.start();
  return { pools, lifecycle, port: agentPort(open, { pools, lifecycle, eventLog, events }) };
}

interface PortParts {
  readonly pools: AgentPools;
  readonly lifecycle: Lifecycle;
  readonly eventLog: EventLog;
  readonly events: UserEvents;
}

function agentPort(
  { config, nodeId }: OpenParts,
  { pools, lifecycle, eventLog, events }: PortParts,
): AgentPort {
  const { lan, wan } = pools;
  return {
    self: () => describeSelf({ config, nodeId, lan, wan }),
    members: (pool) => pools.get(pool)?.gossip.members().map(toAgentMember),
    join: async (address, { pool }) => {
      lifecycle.requireRunning();
      await pools.join([address], { pool });
    },
    forceLeave: async (node, options) => {
      lifecycle.requireRunning();
      await pools.forceLeave(node, options);
    },
    leave: async () => {
      await lifecycle.leavePools();
      lifecycle.closeSoon({ reason: 'left' });
    },
    events: {
      fire: (request) => events.fire(request),
      list: async (name, wait) => (wait === undefined ? eventLog.list(name) : eventLog.listAfter(name, wait)),
    },
    coordinates: new Coordinates({ config, lan, wan }),
    keyring: new Keyring({ config, lan, wan }),
  };
}
