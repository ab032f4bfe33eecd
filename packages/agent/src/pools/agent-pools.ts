import type { Gossip } from '@hobnob/gossip';
import { messageOf } from '@hobnob/gossip/files';
import { withFirstOf } from '@hobnob/gossip/runtime';
import { AgentError } from '../errors.ts';
import type { AgentConfig } from '../options.ts';
import type { AgentLogger, PoolName } from '../ports.ts';
import { poolMemberName } from './consul-tags.ts';
import { fromGossipError } from './gossip-errors.ts';
import type { Pool } from './pool.ts';

export interface AgentPoolsParts {
  readonly config: Pick<AgentConfig, 'nodeName' | 'datacenter'>;
  readonly lan: Pool;
  readonly wan: Pool | undefined;
  /** Ends joins with AGENT_CLOSED. */
  readonly closing: AbortSignal;
  /** Component `agent`. */
  readonly log: AgentLogger;
}

/** Which pool to join, at which level the join is logged, and what gives it up. */
export interface PoolJoin {
  readonly pool: PoolName;
  readonly level?: 'info' | 'debug';
  readonly signal?: AbortSignal | undefined;
}

/** The LAN pool and, on servers, the WAN pool of an agent, and what an operator does to them. */
export class AgentPools {
  readonly #parts: AgentPoolsParts;

  constructor(parts: AgentPoolsParts) {
    this.#parts = parts;
  }

  get lan(): Gossip {
    return this.#parts.lan.gossip;
  }

  get wan(): Gossip | undefined {
    return this.#parts.wan?.gossip;
  }

  get(name: PoolName): Pool | undefined {
    return this.#parts[name];
  }

  /**
   * Joins through these addresses; resolves with how many other members answered.
   * @throws AgentError AGENT_NO_WAN, AGENT_CLOSED, and what `Pool.join` throws; the signal's reason.
   */
  async join(addresses: readonly string[], { pool, level = 'info', signal }: PoolJoin): Promise<number> {
    const { log, closing } = this.#parts;
    const [label, key] = pool === 'lan' ? ['(LAN)', 'lan_addresses'] : ['(WAN)', 'wan_addresses'];
    log[level]({ [key]: addresses }, `${label} joining`);
    try {
      const joined = this.get(pool);
      if (joined === undefined) throw new AgentError('AGENT_NO_WAN', 'Must be a server to join WAN cluster');
      const count = await withFirstOf([signal, closing], (until) => joined.join(addresses, until));
      log[level]({ number_of_nodes: count }, `${label} joined`);
      return count;
    } catch (error) {
      if (closing.aborted) throw new AgentError('AGENT_CLOSED', 'the agent is closed', { cause: error });
      log.warn({ number_of_nodes: 0, error: messageOf(error) }, `${label} couldn't join`);
      throw error;
    }
  }

  /**
   * Moves a failed member to `left` in every pool that has it, and erases it with `prune`.
   * @throws AgentError AGENT_NO_SUCH_MEMBER, and what the gossip refuses.
   */
  async forceLeave(
    node: string,
    { prune, signal }: { readonly prune: boolean; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    const { config, log } = this.#parts;
    log.info({ node }, 'Force leaving node');
    const wanName = node.endsWith(`.${config.datacenter}`)
      ? node
      : poolMemberName({ ...config, nodeName: node }, 'wan');
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

  /** Announces the leave in both pools at once. */
  async leave(): Promise<void> {
    await Promise.all([this.lan, this.wan].map((gossip) => gossip?.leave()));
  }
}
