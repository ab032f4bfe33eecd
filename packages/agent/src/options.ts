import type { GossipTiming } from '@hobnob/gossip';
import type { CheckRegistration, ServiceRegistration } from './client/records.ts';
import type { HttpConfig, HttpOptions } from './http-options.ts';
import type { TlsConfig, TlsOptions } from './tls/options.ts';
import type { WatchDefinition } from './watches/definition.ts';

export type { HttpConfig, HttpListener, HttpOptions, HttpProtocol } from './http-options.ts';

/** The settings of a pool that Consul lets an operator tune (`gossip_lan`, `gossip_wan`). */
export type PoolTiming = Partial<
  Pick<
    GossipTiming,
    | 'gossipIntervalMs'
    | 'gossipNodes'
    | 'probeIntervalMs'
    | 'probeTimeoutMs'
    | 'suspicionMult'
    | 'retransmitMult'
    | 'reconnectTimeoutMs'
  >
>;

/** Ports to listen on; -1 turns a listener off. */
export interface AgentPortNumbers {
  /** HTTP API. Default 8500; 0 picks a free one. */
  readonly http: number;
  /** HTTPS API. Default -1; 0 picks a free one. */
  readonly https: number;
  /** DNS. Default 8600; nothing listens yet. */
  readonly dns: number;
  /** gRPC. Default -1, in dev mode 8502; nothing listens yet. */
  readonly grpc: number;
  /** The LAN pool. Default 8301. */
  readonly serfLan: number;
  /** The WAN pool of servers. Default 8302. */
  readonly serfWan: number;
  /** Server RPC as announced in the `port` tag. Default 8300; nothing listens yet. */
  readonly server: number;
}

/** The addresses to join, and how often. */
export interface JoinOptions {
  /** Addresses to join once at the start; when none answers the agent does not start (`-join`). Default: none. */
  readonly startJoin?: readonly string[];
  /** Addresses to join, retried until a member answers (`-retry-join`). Default: none. */
  readonly retryJoin?: readonly string[];
  /** Time between two attempts, in milliseconds. Default 30,000, as Consul. */
  readonly retryIntervalMs?: number;
  /** After so many failed attempts the agent stops. Default 0: never. */
  readonly retryMaxAttempts?: number;
}

/** Where each listener listens. */
export interface AgentAddresses {
  /** The HTTP API. */
  readonly http?: string;
  /** DNS; nothing listens yet. */
  readonly dns?: string;
  /** The HTTPS API; a unix socket speaks HTTP without TLS, as in Consul. */
  readonly https?: string;
  /** gRPC; nothing listens yet. */
  readonly grpc?: string;
}

/** How the checks of an agent are kept. */
export interface CheckOptions {
  /**
   * About how long a new output of a check waits for the catalog when its status is the same, in milliseconds: half to one
   * and a half times this (`check_update_interval`). Default 300,000, as Consul; 0: not at all.
   */
  readonly updateIntervalMs?: number;
  /**
   * Shortest `DeregisterCriticalServiceAfter`, in milliseconds (`check_deregister_interval_min`). Default 60,000, as
   * Consul.
   */
  readonly deregisterMinMs?: number;
  /** How many bytes of output a check keeps at most (`check_output_max_size`). Default 4096, as Consul. */
  readonly outputBytesMax?: number;
  /** Keep no output of checks (`discard_check_output`). Default false. */
  readonly discardsOutput?: boolean;
  /**
   * Run programs for checks, also for those that are registered over HTTP, which lets everybody who reaches the API run any
   * program (`enable_script_checks`). Default false.
   */
  readonly allowsScripts?: boolean;
  /**
   * Run programs for the checks of `definitions` and configuration files (`enable_local_script_checks`). Default: as
   * `allowsScripts`.
   */
  readonly allowsLocalScripts?: boolean;
}

/** The ports that sidecars get when their definitions name none. */
export interface SidecarPortOptions {
  /** The first (`ports.sidecar_min_port`). Default 21,000, as Consul; 0: none are given out. */
  readonly min?: number;
  /** The last (`ports.sidecar_max_port`). Default 21,255, as Consul; 0: none are given out. */
  readonly max?: number;
}

/**
 * The services and checks that the agent registers itself, as the HTTP API takes them and with its names: `Name`, not the
 * `name` of configuration files. What has the same id in the data directory is replaced.
 */
export interface DefinitionOptions {
  /** Registered in this order (`service`, `services`); of two with one id the later counts. */
  readonly services?: readonly ServiceRegistration[];
  /** Checks of the node, or with `ServiceID` of a service (`check`, `checks`). The id is the name unless one is given. */
  readonly checks?: readonly CheckRegistration[];
}

/** The options of `createAgent`; all have a default but `dataDir`, which is required unless `dev` is set. */
export interface AgentOptions {
  /** A development agent: a server that keeps nothing on disk, on 127.0.0.1 by default. Default false. */
  readonly dev?: boolean;
  /** Whether this agent is a server. Default: `dev`; otherwise false, a client. */
  readonly server?: boolean;
  /** This server alone may elect itself. Default false. */
  readonly bootstrap?: boolean;
  /** How many servers start a datacenter together. Default 0: not set. */
  readonly bootstrapExpect?: number;
  /** This agent's name in its datacenter. Default: the machine's host name. */
  readonly nodeName?: string;
  /** A UUID. Default: the one in the data directory, made at the first start. */
  readonly nodeId?: string;
  /** Metadata of the node in the catalog; at most 64 pairs. Default {}. */
  readonly nodeMeta?: Readonly<Record<string, string>>;
  /** The datacenter's name; made lower case. Default `dc1`. */
  readonly datacenter?: string;
  /** The datacenter with authority over ACLs and CAs. Default: `datacenter`. */
  readonly primaryDatacenter?: string;
  /** Where node id, key rings and snapshots are kept. Required unless `dev`. */
  readonly dataDir?: string;
  /** Where the process id is kept while the agent runs: for the caller, the agent writes none. Default: none. */
  readonly pidFile?: string;
  /** Consul's protocol version to announce: 2 or 3. Default 2; 0 and below mean the default, as in Consul. */
  readonly protocol?: number;
  /** Version of the Raft protocol that a server announces: 1 to 3. Default 3; 0 means the default. */
  readonly raftProtocol?: number;
  /** When a server with a data directory replaces its log by a snapshot. */
  readonly raftSnapshots?: RaftSnapshotOptions;
  /** Where the pools listen. Default 0.0.0.0 (127.0.0.1 in dev mode). */
  readonly bindAddress?: string;
  /** The address that the LAN gets. Default: `bindAddress`, or the only private IPv4 address of the machine. */
  readonly advertiseAddress?: string;
  /** The address that the WAN gets. Default: `advertiseAddress`. */
  readonly advertiseAddressWan?: string;
  /** Where the LAN pool listens. Default: `bindAddress`. */
  readonly serfLanAddress?: string;
  /** Where the WAN pool listens. Default: `bindAddress`. */
  readonly serfWanAddress?: string;
  /** Where HTTP listens: addresses separated by spaces. Default 127.0.0.1. */
  readonly clientAddress?: string;
  /** Per listener, instead of `clientAddress`; `unix:///path` names a socket. Default: `clientAddress`. */
  readonly addresses?: AgentAddresses;
  /** Ports that differ from Consul's. */
  readonly ports?: Partial<AgentPortNumbers>;
  /** How this agent joins the LAN pool. Default: it joins no address. */
  readonly lanJoin?: JoinOptions;
  /** How a server joins the WAN pool. Default: it joins no address. */
  readonly wanJoin?: JoinOptions;
  /**
   * The gossip key in base64: 16, 24 or 32 bytes. It makes the key ring files of the data directory; when they exist
   * already, their keys are used, because they followed every change of the pool's keys. Default: not encrypted.
   */
  readonly encrypt?: string;
  /**
   * Keep the key ring out of the data directory: every start begins with `encrypt`. Default false; true in dev
   * mode.
   */
  readonly disableKeyringFile?: boolean;
  /** Rejoin the pool of the snapshot at the start, even one that this agent has left. Default false. */
  readonly rejoinAfterLeave?: boolean;
  /** Refuse gossip that is not encrypted. Default true. */
  readonly encryptVerifyIncoming?: boolean;
  /** Encrypt the gossip that we send. Default true. */
  readonly encryptVerifyOutgoing?: boolean;
  /** Settings of the LAN pool that differ from Consul's (`gossip_lan`, `reconnect_timeout`). */
  readonly lanTiming?: PoolTiming;
  /** Settings of the WAN pool that differ from Consul's (`gossip_wan`, `reconnect_timeout_wan`). */
  readonly wanTiming?: PoolTiming;
  /** Only these networks (CIDR) may be members of the LAN. Default: any. */
  readonly serfLanAllowedCidrs?: readonly string[];
  /** Only these networks (CIDR) may be members of the WAN. Default: any. */
  readonly serfWanAllowedCidrs?: readonly string[];
  /** Leave on SIGTERM. Default: true for a client, false for a server. The caller handles signals. */
  readonly leaveOnTerminate?: boolean;
  /** Stay in the pool on SIGINT. Default: false for a client, true for a server. */
  readonly skipLeaveOnInterrupt?: boolean;
  /** The shortest TTL of a session (`session_ttl_min`). Default 0: 10 s, as in Consul. */
  readonly sessionTtlMinMs?: number;
  /** How the checks of this agent are kept. */
  readonly checks?: CheckOptions;
  /** The ports of sidecars that name none. */
  readonly sidecarPorts?: SidecarPortOptions;
  /** Services and checks that this agent registers itself. Default: none. */
  readonly definitions?: DefinitionOptions;
  /**
   * Views of Consul's data that are followed, and what is run when one has changed; each as in the `watches` of Consul's
   * configuration, with the names of its keys: `{ type: 'key', key: 'app/config', args: ['/usr/local/bin/apply'] }`. Default: none.
   */
  readonly watches?: readonly Readonly<Record<string, unknown>>[];
  /** How the HTTP API answers. */
  readonly http?: HttpOptions;
  /** Certificates and what is asked of clients of the HTTPS API. */
  readonly tls?: TlsOptions;
  /** Which lines a command should log, and where: for the caller, the agent logs to the logger it is given. */
  readonly log?: LogOptions;
  /**
   * Settings the operator gave that this version accepts but does not act on (`ui`, `-ui`): each is
   * logged as a warning.
   */
  readonly withoutEffect?: readonly string[];
}

/** When the log is replaced by a snapshot. 0 means the default, as in Consul. */
export interface RaftSnapshotOptions {
  /** Time between two snapshots in ms, 5 or more. Default 30,000. */
  readonly intervalMs?: number;
  /** Entries after the last snapshot. Default 16,384. */
  readonly threshold?: number;
  /** Entries that stay in the log. Default 10,240. */
  readonly trailing?: number;
}

/** How the command prints logs. */
export interface LogOptions {
  /** `trace`, `debug`, `info`, `warn` or `error`; `err` is understood too. Default `info`, in dev mode `debug`. */
  readonly level?: string;
  /** One JSON object a line. Default false. */
  readonly json?: boolean;
  /** File that gets the log as well (`log_file`). A path that ends in a slash is a directory. Default: none. */
  readonly file?: string;
  /** A log file of this size is followed by a new one (`log_rotate_bytes`). Default 0: no limit. */
  readonly rotateBytes?: number;
  /**
   * A log file of this age is followed by a new one (`log_rotate_duration`). Default 24 h, as Consul; 0: the
   * default.
   */
  readonly rotateDurationMs?: number;
  /** How many older log files are kept (`log_rotate_max_files`). Default 0: all; -1: none. */
  readonly rotateFilesMax?: number;
}

/** Where the log is written besides stdout, and when a new file begins; every default is filled in. */
export interface LogFileConfig {
  /**
   * `/var/log/hobnob.log` makes `/var/log/hobnob-TIMESTAMP.log`; a path that ends in a slash means `consul.log` in
   * it.
   */
  readonly path: string;
  /** A file that has reached this size is followed by a new one. 0: no limit. */
  readonly rotateBytes: number;
  /** A file of this age is followed by a new one. */
  readonly rotateDurationMs: number;
  /** How many older files are kept. 0: all; below 0: none. */
  readonly rotateFilesMax: number;
}

/** From the most detailed to the least. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** `JoinOptions` with every default filled in. */
export interface JoinConfig {
  readonly startJoin: readonly string[];
  readonly retryJoin: readonly string[];
  readonly retryIntervalMs: number;
  readonly retryMaxAttempts: number;
}

/** The checked configuration of an agent: frozen, with every default filled in. */
export interface AgentConfig {
  readonly dev: boolean;
  readonly server: boolean;
  readonly bootstrap: boolean;
  /** 0 when not set. */
  readonly bootstrapExpect: number;
  readonly nodeName: string;
  /** As configured; '' when the data directory decides. */
  readonly nodeId: string;
  readonly nodeMeta: Readonly<Record<string, string>>;
  readonly datacenter: string;
  readonly primaryDatacenter: string;
  /** '' in dev mode without one. */
  readonly dataDir: string;
  /** '' for none. */
  readonly pidFile: string;
  /** As configured; checked when the pools are opened, as in Consul. */
  readonly protocol: number;
  readonly raftProtocol: number;
  readonly raftSnapshots: Required<RaftSnapshotOptions>;
  readonly bindAddress: string;
  readonly advertiseAddress: string;
  readonly advertiseAddressWan: string;
  readonly serfLanAddress: string;
  readonly serfWanAddress: string;
  /** One or more, as the banner's `Client Addr` shows them. */
  readonly clientAddresses: readonly string[];
  readonly http: HttpConfig;
  readonly tls: TlsConfig;
  readonly ports: AgentPortNumbers;
  readonly lanJoin: JoinConfig;
  readonly wanJoin: JoinConfig;
  /** The gossip key in base64; '' when none is configured: a key ring file may encrypt gossip nevertheless. */
  readonly encrypt: string;
  readonly disableKeyringFile: boolean;
  readonly rejoinAfterLeave: boolean;
  readonly encryptVerifyIncoming: boolean;
  readonly encryptVerifyOutgoing: boolean;
  readonly lanTiming: PoolTiming;
  readonly wanTiming: PoolTiming;
  readonly serfLanAllowedCidrs: readonly string[];
  readonly serfWanAllowedCidrs: readonly string[];
  readonly leaveOnTerminate: boolean;
  readonly skipLeaveOnInterrupt: boolean;
  /** 0 for Consul's own. */
  readonly sessionTtlMinMs: number;
  readonly checks: Required<CheckOptions>;
  readonly sidecarPorts: Required<SidecarPortOptions>;
  readonly watches: readonly WatchDefinition[];
  readonly logLevel: LogLevel;
  readonly logJson: boolean;
  /** For the caller, as all that begins with `log`. Undefined: no file. */
  readonly logFile: LogFileConfig | undefined;
  readonly definitions: Required<DefinitionOptions>;
  /** Sentences to log at the start: settings without effect, and settings that are rarely meant. */
  readonly warnings: readonly string[];
}
