import type { Gossip } from '@hobnob/gossip';
import type { AgentError } from './errors.ts';
import type { AgentConfig, AgentOptions } from './options.ts';
import type { AgentLogger, AgentPorts, PoolName } from './ports.ts';

/** What an agent takes from its caller besides options; everything has a default. */
export interface AgentRuntime {
  /** Default: silent. */
  readonly logger?: AgentLogger;
  /** Replacements for the clock and the gossip, for tests and other transports. */
  readonly ports?: Partial<AgentPorts>;
  /** Called once when the configuration is checked and the node id known, before any socket opens. */
  readonly onPrepared?: (prepared: { readonly config: AgentConfig; readonly nodeId: string }) => void;
  /**
   * The options of now, for a reload that gets none: PUT /v1/agent/reload, and `reload()`. A rejection refuses the reload.
   * Default: the options that the agent was created with.
   */
  readonly readOptions?: () => Promise<AgentOptions>;
  /** Called at a reload that is not refused, with the configuration from then on: a logger may have another level. */
  readonly onReloaded?: (config: AgentConfig) => void;
  /** Ends the start: everything opened is closed, and `createAgent` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Why an agent stopped. `left`: it left its pools first. `failed`: it gave up, see `error`. */
export type AgentStop =
  | { readonly reason: 'closed' | 'left' }
  | { readonly reason: 'failed'; readonly error: AgentError };

/** What a reload did. */
export interface AgentReload {
  /** The configuration from now on. */
  readonly config: AgentConfig;
  /** The settings that have changed and need a restart, by Consul's keys: `ports.http`. */
  readonly needRestart: readonly string[];
}

/** A running agent. */
export interface Agent extends AsyncDisposable {
  /** The checked configuration, with every default filled in; after a reload another object. */
  readonly config: AgentConfig;
  /** The UUID of this node. */
  readonly nodeId: string;
  /** This agent's member of the LAN pool. */
  readonly lan: Gossip;
  /** This agent's member of the WAN pool: servers only, unless `ports.serfWan` is -1. */
  readonly wan: Gossip | undefined;
  /**
   * Where the API answers, with real ports, those of HTTPS last: `http://127.0.0.1:8500`, `unix:///run/hobnob.sock`,
   * `https://127.0.0.1:8501`.
   */
  readonly httpAddresses: readonly string[];
  /** Settles once, when the agent has stopped for whatever reason (also PUT /v1/agent/leave). Never rejects. */
  readonly stopped: Promise<AgentStop>;
  /**
   * Joins the pool (default `lan`) through these addresses; resolves with how many were reached.
   * @throws AgentError AGENT_JOIN when none was, AGENT_NO_WAN on a client, AGENT_CLOSED.
   */
  join(addresses: readonly string[], options?: AgentJoinOptions): Promise<number>;
  /**
   * Leaves both pools at once, for at most 7.5 s, and closes. Resolves when everything is released; idempotent.
   */
  leave(): Promise<void>;
  /**
   * Moves a failed member to `left` on the LAN and, on servers, on the WAN; `prune` erases it.
   * @throws AgentError AGENT_NO_SUCH_MEMBER, AGENT_CLOSED.
   */
  forceLeave(node: string, options?: AgentForceLeaveOptions): Promise<void>;
  /**
   * Puts these options in the place of those of the same names, or all those that `readOptions` of the runtime gives in the
   * place of all, and applies what may change while the agent runs: services and checks of
   * `definitions` (checks keep their states), `watches`, `nodeMeta`, `log.level`, `checks.discardsOutput`,
   * `http.connectionsPerClientMax` and `tls`, whose files are read again in any case. Everything else needs a restart and is named in the answer. One reload runs at a time.
   * @throws what reading throws; AgentError AGENT_CONFIG and AGENT_CLOSED: nothing has changed; AGENT_DATA_DIR.
   */
  reload(options?: AgentOptions): Promise<AgentReload>;
  /** Frees sockets and timers without leaving the pools: others see this node fail. Idempotent. */
  close(): Promise<void>;
}

/** Which pool to join (default the LAN), and a signal that ends the attempt. */
export interface AgentJoinOptions {
  readonly pool?: PoolName;
  readonly signal?: AbortSignal;
}

/** Whether the member is erased at once, and a signal that ends the attempt. */
export interface AgentForceLeaveOptions {
  readonly prune?: boolean;
  readonly signal?: AbortSignal;
}
