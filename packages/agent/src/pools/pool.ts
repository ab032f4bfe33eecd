import { type AdmissionPolicy, formatAddress, type Gossip } from '@hobnob/gossip';
import { AgentError } from '../errors.ts';
import { openPoolFiles } from '../io/pool-files.ts';
import type { AgentConfig } from '../options.ts';
import type { AgentLogger, AgentPorts, PoolName } from '../ports.ts';
import { lanAdmission, mixedServersAdmission, wanAdmission } from './admission.ts';
import { poolMemberName } from './consul-tags.ts';
import { fromGossipError, isNotAdmitted } from './gossip-errors.ts';
import { gossipOptions, memberlistComponent, type PoolFiles } from './gossip-setup.ts';
import { type KnownMembers, MembersById } from './members-by-id.ts';
import { type Refusal, Refusals } from './refusals.ts';

export interface PoolParts {
  readonly config: AgentConfig;
  readonly nodeId: string;
  readonly logger: AgentLogger;
  readonly ports: AgentPorts;
}

interface PoolMade {
  readonly refusals: Refusals;
  readonly files: PoolFiles;
}

/** A pool this agent is in: its gossip, and joins that explain why they failed. */
export class Pool {
  readonly name: PoolName;
  readonly gossip: Gossip;
  readonly #parts: PoolParts;
  readonly #refusals: Refusals;
  #joins: Promise<unknown> = Promise.resolve();
  #conflict: string | undefined;
  /** The key ring file that holds other keys than the configured one. */
  readonly #overrulingKeyring: string | undefined;

  private constructor(name: PoolName, gossip: Gossip, made: PoolMade, parts: PoolParts) {
    this.name = name;
    this.gossip = gossip;
    this.#refusals = made.refusals;
    const { keyring } = made.files;
    this.#overrulingKeyring = keyring?.overrules === true ? keyring.path : undefined;
    this.#parts = parts;
    gossip.on('member-conflict', (event) => {
      if (event.name === gossip.name) this.#conflict = event.claimed.host;
    });
  }

  /**
   * Binds the pool's port: a pool of one until a join.
   * @throws AgentError AGENT_BIND, AGENT_CONFIG, AGENT_DATA_DIR.
   */
  static async open(name: PoolName, parts: PoolParts): Promise<Pool> {
    const { config, nodeId, ports } = parts;
    const logger = parts.logger.child({ component: memberlistComponent(config, name) });
    let byId: MembersById | undefined;
    const known: KnownMembers = {
      has: (member) => byId?.has(member) ?? false,
      withId: (id) => byId?.withId(id) ?? [],
    };
    const rules = admissionRules(name, config, nodeId, known);
    const refusals = new Refusals(rules, { clock: ports.clock, logger });
    const files = await openPoolFiles(name, config, parts.logger.child({ component: 'agent' }));
    try {
      const admission: AdmissionPolicy = refusals.decide;
      const setup = { config, nodeId, admission, logger, files };
      const gossip = await ports.createGossip(gossipOptions(name, setup));
      if (name === 'lan') byId = new MembersById(gossip);
      return new Pool(name, gossip, { refusals, files }, parts);
    } catch (error) {
      throw fromGossipError(error);
    }
  }

  /** Whether any other member is alive. */
  get hasPeers(): boolean {
    return this.gossip.members().some(({ name, status }) => status === 'alive' && name !== this.gossip.name);
  }

  /**
   * Joins through `seeds`, one join at a time; resolves with how many others answered: 0 when only this agent did.
   * @throws AgentError AGENT_JOIN, AGENT_REFUSED, AGENT_MIXED_SERVERS, AGENT_CLOSED; the signal's reason.
   */
  join(seeds: readonly string[], signal: AbortSignal): Promise<number> {
    const turn = this.#joins.then(() => this.#joinNow(seeds, signal));
    this.#joins = turn.catch(() => undefined);
    return turn;
  }

  async #joinNow(seeds: readonly string[], signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    this.#refusals.takeLast();
    this.#conflict = undefined;
    try {
      const known = await this.#probeFirst(seeds, signal);
      const { joinedCount } = await this.gossip.join(known, { signal });
      return joinedCount;
    } catch (error) {
      const refusal = this.#refusals.takeLast();
      if (signal.aborted) throw fromGossipError(error);
      if (refusal !== undefined) throw refusedJoin(refusal, seeds, error);
      if (this.#conflict !== undefined && isNotAdmitted(error))
        throw this.#nameConflict(this.#conflict, error);
      throw fromGossipError(error, this.#overrulingKeyring);
    }
  }

  /**
   * A server that joined real servers would be added to their Raft before it could refuse them, so it probes
   * the pool first, and joins only through addresses that answered the probe.
   * @throws AgentError AGENT_MIXED_SERVERS.
   */
  async #probeFirst(seeds: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    const { config } = this.#parts;
    if (this.name !== 'lan' || !config.server) return seeds;
    const { answered, members } = await this.gossip.probePool(seeds, { signal });
    const reason = mixedServersAdmission(config)(members);
    if (reason !== undefined) throw refusedJoin({ code: 'AGENT_MIXED_SERVERS', reason }, seeds);
    return answered.map(formatAddress);
  }

  #nameConflict(claimedBy: string, cause: unknown): AgentError {
    return new AgentError(
      'AGENT_REFUSED',
      `the name '${this.gossip.name}' belongs to the member at ${claimedBy}: give this agent another one with -node`,
      { cause },
    );
  }
}

function refusedJoin({ code, reason }: Refusal, seeds: readonly string[], cause?: unknown): AgentError {
  const text = `1 error occurred:\n\t* Failed to join ${seeds.join(', ')}: ${reason}\n\n`;
  return new AgentError(code, text, { cause });
}

function admissionRules(
  name: PoolName,
  config: AgentConfig,
  nodeId: string,
  known: KnownMembers,
): ConstructorParameters<typeof Refusals>[0] {
  if (name === 'wan') return [{ code: 'AGENT_REFUSED', policy: wanAdmission }];
  const self = {
    nodeName: poolMemberName(config, 'lan'),
    nodeId,
    datacenter: config.datacenter,
    server: config.server,
    address: config.advertiseAddress,
  };
  return [
    { code: 'AGENT_MIXED_SERVERS', policy: mixedServersAdmission(self) },
    { code: 'AGENT_REFUSED', policy: lanAdmission(self, known) },
  ];
}
