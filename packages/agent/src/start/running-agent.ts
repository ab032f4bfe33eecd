import type { Gossip } from '@hobnob/gossip';
import { readArguments } from '../config/check-options.ts';
import type { AgentConfig, AgentOptions } from '../options.ts';
import type { AgentPools } from '../pools/agent-pools.ts';
import type { Agent, AgentForceLeaveOptions, AgentJoinOptions, AgentReload, AgentStop } from '../types.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ReloadableConfig } from './reload.ts';

export interface RunningAgentParts {
  readonly current: ReloadableConfig;
  readonly nodeId: string;
  readonly httpAddresses: readonly string[];
  readonly pools: AgentPools;
  readonly lifecycle: Lifecycle;
}

/** The public object: checks what its caller passes, and hands it on. */
export class RunningAgent implements Agent {
  readonly nodeId: string;
  readonly httpAddresses: readonly string[];
  readonly stopped: Promise<AgentStop>;
  readonly #current: ReloadableConfig;
  readonly #pools: AgentPools;
  readonly #lifecycle: Lifecycle;

  constructor({ current, nodeId, httpAddresses, pools, lifecycle }: RunningAgentParts) {
    this.#current = current;
    this.nodeId = nodeId;
    this.httpAddresses = httpAddresses;
    this.stopped = lifecycle.stopped;
    this.#pools = pools;
    this.#lifecycle = lifecycle;
  }

  get config(): AgentConfig {
    return this.#current.config;
  }

  get lan(): Gossip {
    return this.#pools.lan;
  }

  get wan(): Gossip | undefined {
    return this.#pools.wan;
  }

  async join(given: readonly string[], givenOptions?: AgentJoinOptions): Promise<number> {
    const { addresses, options } = readArguments('join', { addresses: given, options: givenOptions });
    this.#lifecycle.requireRunning();
    return this.#pools.join(addresses, { pool: options.pool ?? 'lan', signal: options.signal });
  }

  async forceLeave(given: string, givenOptions?: AgentForceLeaveOptions): Promise<void> {
    const { node, options } = readArguments('forceLeave', { node: given, options: givenOptions });
    this.#lifecycle.requireRunning();
    await this.#pools.forceLeave(node, { prune: options.prune ?? false, signal: options.signal });
  }

  reload(options?: AgentOptions): Promise<AgentReload> {
    return this.#current.reload(options);
  }

  async leave(): Promise<void> {
    await this.#lifecycle.leavePools();
    await this.#lifecycle.close({ reason: 'left' });
  }

  close(): Promise<void> {
    return this.#lifecycle.close({ reason: 'closed' });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
