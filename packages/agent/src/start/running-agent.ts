import { randomUUID } from 'node:crypto';
import { type Gossip, loadExpressionEngine } from '@hobnob/gossip';
import { withFirstOf } from '@hobnob/gossip/runtime';
import type { AgentPort } from '../agent-port.ts';
import { readArguments } from '../config/check-options.ts';
import { AgentError } from '../errors.ts';
import type { AgentConfig } from '../options.ts';
import { describeSelf } from '../pools/agent-self.ts';
import { poolMemberName } from '../pools/consul-tags.ts';
import { Coordinates } from '../pools/coordinates.ts';
import { EventLog } from '../pools/event-log.ts';
import { floodJoin } from '../pools/flood-join.ts';
import { fromGossipError } from '../pools/gossip-errors.ts';
import { Keyring } from '../pools/keyring.ts';
import { toAgentMember } from '../pools/member-record.ts';
import type { Pool } from '../pools/pool.ts';
import { retryJoin } from '../pools/retry-join.ts';
import { UserEvents } from '../pools/user-events.ts';
import type { AgentLogger, AgentPorts, PoolName } from '../ports.ts';
import type { Agent, AgentForceLeaveOptions, AgentJoinOptions, AgentStop } from '../types.ts';
import { finishesWithin, type Opened, releaseInReverse } from './release.ts';

/** Docker gives ten seconds between asking and killing, and closing takes its time as well. */
const leaveDeadlineMs = 7_500;

export interface RunningParts {
  readonly config: AgentConfig;
  readonly nodeId: string;
  readonly lan: Pool;
  readonly wan: Pool | undefined;
  readonly logger: AgentLogger;
  readonly ports: AgentPorts;
  /** Everything that `close` has to release, in the order it was opened; HTTP is added later. */
  readonly opened: Opened[];
}

/** The public object: joins, leaves, and takes everything down again exactly once. */
export class RunningAgent implements Agent {
  readonly httpAddresses: string[] = [];
  readonly stopped: Promise<AgentStop>;
  readonly #parts: RunningParts;
  readonly #log: AgentLogger;
  /** Ends joins and loops. */
  readonly #stop = new AbortController();
  readonly #tasks: Promise<void>[] = [];
  readonly #eventLog: EventLog;
  readonly #events: UserEvents;
  #left: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #settle: (stop: AgentStop) => void = () => undefined;

  constructor(parts: RunningParts) {
    this.#parts = parts;
    this.#log = parts.logger.child({ component: 'agent' });
    this.#eventLog = new EventLog(parts.ports.clock, this.#stop.signal);
    this.#events = new UserEvents({
      ...parts,
      lan: parts.lan.gossip,
      log: this.#eventLog,
      newId: randomUUID,
      loadExpressions: loadExpressionEngine,
    });
    this.#events.start();
    this.stopped = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get config(): AgentConfig {
    return this.#parts.config;
  }

  get nodeId(): string {
    return this.#parts.nodeId;
  }

  get lan(): Gossip {
    return this.#parts.lan.gossip;
  }

  get wan(): Gossip | undefined {
    return this.#parts.wan?.gossip;
  }

  /** Joins once what must be joined before the agent counts as started, then starts what goes on for ever. */
  async start(signal: AbortSignal | undefined): Promise<void> {
    const { config, ports, lan, wan } = this.#parts;
    const options = signal === undefined ? {} : { signal };
    if (config.lanJoin.startJoin.length > 0) {
      const count = await this.#joinPool(config.lanJoin.startJoin, { pool: 'lan', ...options });
      this.#log.info({ agent_count: count }, 'Join completed. Initial agents synced with');
    }
    if (config.wanJoin.startJoin.length > 0) {
      const count = await this.#joinPool(config.wanJoin.startJoin, { pool: 'wan', ...options });
      this.#log.info({ agent_count: count }, 'Join -wan completed. Initial agents synced with');
    }
    const { clock } = ports;
    for (const [pool, cluster, join] of [
      ['lan', 'LAN', config.lanJoin],
      ['wan', 'WAN', config.wanJoin],
    ] as const) {
      let level: 'info' | 'debug' = 'info';
      const attempt = async (addresses: readonly string[], until: AbortSignal): Promise<number> => {
        const count = await this.#joinPool(addresses, { pool, signal: until, level });
        // A first server whose list names only itself asks for ever: that must not fill the log.
        if (count === 0) level = 'debug';
        return count;
      };
      const hasPeers = (): boolean => this.#pool(pool)?.hasPeers ?? false;
      const parts = { clock, logger: this.#log, cluster, join: attempt, hasPeers };
      this.#run(retryJoin(parts, join, this.#stop.signal));
    }
    if (wan === undefined) return;
    const logger = this.#parts.logger.child({ component: 'agent.server' });
    const flood = { lan: lan.gossip, wan: wan.gossip, datacenter: config.datacenter, clock, logger };
    this.#run(floodJoin(flood, this.#stop.signal));
  }

  async join(given: readonly string[], givenOptions?: AgentJoinOptions): Promise<number> {
    const { addresses, options } = readArguments('join', { addresses: given, options: givenOptions });
    return this.#joinPool(addresses, options);
  }

  async forceLeave(given: string, givenOptions?: AgentForceLeaveOptions): Promise<void> {
    const { node, options: asked } = readArguments('forceLeave', { node: given, options: givenOptions });
    const { prune = false, signal } = asked;
    this.#requireRunning();
    this.#log.info({ node }, 'Force leaving node');
    const wanName = node.endsWith(`.${this.config.datacenter}`)
      ? node
      : poolMemberName({ ...this.config, nodeName: node }, 'wan');
    const known = [
      { gossip: this.lan, name: node },
      ...[...new Set([node, wanName])].map((name) => ({ gossip: this.wan, name })),
    ].filter(({ gossip, name }) => gossip?.member(name) !== undefined);
    if (known.length === 0)
      throw new AgentError('AGENT_NO_SUCH_MEMBER', `agent: No node found with name '${node}'`);
    const options = { prune, ...(signal === undefined ? {} : { signal }) };
    try {
      await Promise.all(known.map(({ gossip, name }) => gossip?.forceLeave(name, options)));
    } catch (error) {
      throw fromGossipError(error);
    }
  }

  async leave(): Promise<void> {
    if (this.#closed === undefined) await this.#leavePools();
    await this.#close({ reason: 'left' });
  }

  close(): Promise<void> {
    return this.#close({ reason: 'closed' });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What HTTP gets: its leave answers once the pools know, and only then the agent goes. */
  get port(): AgentPort {
    return {
      self: () => {
        const { config, nodeId } = this.#parts;
        return describeSelf({ config, nodeId, lan: this.lan, wan: this.wan });
      },
      members: (pool) => this.#pool(pool)?.gossip.members().map(toAgentMember),
      join: async (address, { pool }) => {
        await this.#joinPool([address], { pool });
      },
      forceLeave: (node, options) => this.forceLeave(node, options),
      events: {
        fire: (request) => this.#events.fire(request),
        list: async (name, wait) =>
          wait === undefined ? this.#eventLog.list(name) : this.#eventLog.listAfter(name, wait),
      },
      coordinates: new Coordinates({ config: this.config, lan: this.lan, wan: this.wan }),
      keyring: new Keyring({ config: this.config, lan: this.lan, wan: this.wan }),
      leave: async () => {
        await this.#leavePools();
        // The answer has to get out before its listener goes; `stopped` tells the owner.
        setImmediate(() => void this.#close({ reason: 'left' }));
      },
    };
  }

  async #joinPool(
    addresses: readonly string[],
    {
      pool = 'lan',
      signal,
      level = 'info',
    }: { readonly [K in keyof AgentJoinOptions]: AgentJoinOptions[K] | undefined } & {
      readonly level?: 'info' | 'debug';
    },
  ): Promise<number> {
    this.#requireRunning();
    const [label, key] = pool === 'lan' ? ['(LAN)', 'lan_addresses'] : ['(WAN)', 'wan_addresses'];
    this.#log[level]({ [key]: addresses }, `${label} joining`);
    try {
      const joined = this.#pool(pool);
      if (joined === undefined) throw new AgentError('AGENT_NO_WAN', 'Must be a server to join WAN cluster');
      const count = await withFirstOf([signal, this.#stop.signal], (until) => joined.join(addresses, until));
      this.#log[level]({ number_of_nodes: count }, `${label} joined`);
      return count;
    } catch (error) {
      if (this.#stop.signal.aborted)
        throw new AgentError('AGENT_CLOSED', 'the agent is closed', { cause: error });
      const text = error instanceof Error ? error.message : String(error);
      this.#log.warn({ number_of_nodes: 0, error: text }, `${label} couldn't join`);
      throw error;
    }
  }

  #pool(name: PoolName): Pool | undefined {
    return name === 'lan' ? this.#parts.lan : this.#parts.wan;
  }

  #leavePools(): Promise<void> {
    this.#left ??= this.#tellPools();
    return this.#left;
  }

  async #tellPools(): Promise<void> {
    const role = this.config.server ? 'server' : 'client';
    this.#parts.logger.child({ component: `agent.${role}` }).info({}, `${role} starting leave`);
    this.#stop.abort(new AgentError('AGENT_CLOSED', 'the agent is leaving'));
    const leaves = [this.lan, this.wan].map((gossip) => gossip?.leave());
    try {
      if (await finishesWithin(Promise.all(leaves), leaveDeadlineMs, this.#parts.ports.clock)) return;
      this.#log.warn({ deadline_ms: leaveDeadlineMs }, 'The pools could not be told in time');
    } catch (error) {
      this.#log.error({ err: error }, 'Error on leave');
    }
  }

  #close(stop: AgentStop): Promise<void> {
    this.#closed ??= this.#release(stop);
    return this.#closed;
  }

  async #release(stop: AgentStop): Promise<void> {
    const { opened, ports } = this.#parts;
    this.#log.info({}, 'Requesting shutdown');
    this.#stop.abort(new AgentError('AGENT_CLOSED', 'the agent is closed'));
    const tasks = { what: 'background tasks', close: async () => void (await Promise.all(this.#tasks)) };
    await releaseInReverse([...opened, tasks], { clock: ports.clock, logger: this.#log });
    this.#log.info({}, 'shutdown complete');
    this.#settle(stop);
  }

  /** A loop that gives up takes the agent with it. */
  #run(task: Promise<void>): void {
    const owned = task.catch((error: unknown) => {
      if (this.#stop.signal.aborted) return;
      const failure =
        error instanceof AgentError ? error : new AgentError('AGENT_JOIN', String(error), { cause: error });
      this.#log.error({ error: failure.message }, 'Giving up');
      // `#closed` owns the promise, and it never rejects.
      setImmediate(() => void this.#close({ reason: 'failed', error: failure }));
    });
    this.#tasks.push(owned);
  }

  #requireRunning(): void {
    if (this.#stop.signal.aborted) throw new AgentError('AGENT_CLOSED', 'the agent has left or is closed');
  }
}
