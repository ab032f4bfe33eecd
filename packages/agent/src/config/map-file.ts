import type { AgentOptions, JoinOptions, LogOptions, PoolTiming } from '../options.ts';
import { isJsonObject, type JsonObject } from './check-keys.ts';
import { parseGoDuration } from './go-duration.ts';
import { valueAt } from './protection.ts';

/** What a checked file says, as options, with the faults that only its values show. */
export interface MappedFile {
  readonly options: AgentOptions;
  readonly problems: readonly string[];
}

/** Keys that need no warning: we already do what they ask for, or they mean nothing without ACLs, as in Consul. */
const quietKeys: ReadonlySet<string> = new Set([
  'acl.default_policy',
  'acl.down_policy',
  'acl.enabled',
  'acl_datacenter',
  'disable_anonymous_signature',
  'disable_host_node_id',
  'disable_remote_exec',
  'disable_update_check',
]);

/** Reads values by path and remembers which were asked for: what is left over has no effect. */
class FileReader {
  readonly problems: string[] = [];
  readonly #values: JsonObject;
  readonly #read = new Set<string>(quietKeys);

  constructor(values: JsonObject) {
    this.#values = values;
  }

  string(path: string): string | undefined {
    const value = this.#take(path);
    return typeof value === 'string' ? value : undefined;
  }

  bool(path: string): boolean | undefined {
    const value = this.#take(path);
    return typeof value === 'boolean' ? value : undefined;
  }

  int(path: string): number | undefined {
    const value = this.#take(path);
    return typeof value === 'number' ? value : undefined;
  }

  strings(path: string): readonly string[] | undefined {
    const value = this.#take(path);
    return Array.isArray(value) ? value.filter((element) => typeof element === 'string') : undefined;
  }

  stringMap(path: string): Readonly<Record<string, string>> | undefined {
    const value = this.#take(path);
    if (!isJsonObject(value)) return undefined;
    return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
  }

  durationMs(path: string): number | undefined {
    const text = this.string(path);
    if (text === undefined || text === '') return undefined;
    const durationMs = parseGoDuration(text);
    if (durationMs === undefined) {
      this.problems.push(
        `${path}: invalid duration: "${text}": expected a Go duration like "30s" or "1h30m"`,
      );
    } else if (durationMs < 0) {
      this.problems.push(`${path}: invalid duration: "${text}": it must not be negative`);
    } else {
      return durationMs;
    }
    return undefined;
  }

  /** Paths of everything given that nobody read; sections are named by their leaves. */
  unread(): readonly string[] {
    return [...this.#leaves(this.#values, '')].filter((path) => !this.#read.has(path));
  }

  #take(path: string): unknown {
    this.#read.add(path);
    return valueAt(this.#values, path);
  }

  *#leaves(values: JsonObject, prefix: string): Generator<string> {
    for (const [key, value] of Object.entries(values)) {
      const path = prefix + key;
      if (isJsonObject(value) && !this.#read.has(path)) yield* this.#leaves(value, `${path}.`);
      else yield path;
    }
  }
}

/** Turns the checked values of one file into options. Pure. */
export function mapFile(values: JsonObject): MappedFile {
  const file = new FileReader(values);
  const options = defined({
    server: file.bool('server'),
    bootstrap: file.bool('bootstrap'),
    bootstrapExpect: file.int('bootstrap_expect'),
    nodeName: file.string('node_name'),
    nodeId: file.string('node_id'),
    nodeMeta: file.stringMap('node_meta'),
    datacenter: file.string('datacenter'),
    primaryDatacenter: file.string('primary_datacenter'),
    dataDir: file.string('data_dir'),
    pidFile: file.string('pid_file'),
    protocol: file.int('protocol'),
    raftProtocol: file.int('raft_protocol'),
    ...mapAddresses(file),
    ports: mapPorts(file),
    lanJoin: mapJoin(file, ''),
    wanJoin: mapJoin(file, '_wan'),
    encrypt: file.string('encrypt'),
    disableKeyringFile: file.bool('disable_keyring_file'),
    rejoinAfterLeave: file.bool('rejoin_after_leave'),
    encryptVerifyIncoming: file.bool('encrypt_verify_incoming'),
    encryptVerifyOutgoing: file.bool('encrypt_verify_outgoing'),
    lanTiming: mapTiming(file, 'gossip_lan', 'reconnect_timeout'),
    wanTiming: mapTiming(file, 'gossip_wan', 'reconnect_timeout_wan'),
    serfLanAllowedCidrs: file.strings('serf_lan_allowed_cidrs'),
    serfWanAllowedCidrs: file.strings('serf_wan_allowed_cidrs'),
    leaveOnTerminate: file.bool('leave_on_terminate'),
    skipLeaveOnInterrupt: file.bool('skip_leave_on_interrupt'),
    httpResponseHeaders: file.stringMap('http_config.response_headers'),
    httpBlockEndpoints: file.strings('http_config.block_endpoints'),
    httpConnectionsPerClientMax: file.int('limits.http_max_conns_per_client'),
    log: mapLog(file),
  });
  const withoutEffect = file.unread();
  return {
    options: withoutEffect.length === 0 ? options : { ...options, withoutEffect },
    problems: file.problems,
  };
}

function mapAddresses(file: FileReader) {
  return {
    bindAddress: file.string('bind_addr'),
    advertiseAddress: file.string('advertise_addr'),
    advertiseAddressWan: file.string('advertise_addr_wan'),
    serfLanAddress: file.string('serf_lan'),
    serfWanAddress: file.string('serf_wan'),
    clientAddress: file.string('client_addr'),
    unixSocketMode: file.string('unix_sockets.mode'),
    addresses: section({
      http: file.string('addresses.http'),
      https: file.string('addresses.https'),
      dns: file.string('addresses.dns'),
      grpc: file.string('addresses.grpc'),
    }),
  };
}

function mapLog(file: FileReader): LogOptions | undefined {
  return section({
    level: file.string('log_level'),
    json: file.bool('log_json'),
    file: file.string('log_file'),
    rotateBytes: file.int('log_rotate_bytes'),
    rotateDurationMs: file.durationMs('log_rotate_duration'),
    rotateFilesMax: file.int('log_rotate_max_files'),
  });
}

function mapPorts(file: FileReader): AgentOptions['ports'] {
  return section({
    http: file.int('ports.http'),
    https: file.int('ports.https'),
    dns: file.int('ports.dns'),
    grpc: file.int('ports.grpc'),
    serfLan: file.int('ports.serf_lan'),
    serfWan: file.int('ports.serf_wan'),
    server: file.int('ports.server'),
  });
}

function mapJoin(file: FileReader, suffix: '' | '_wan'): JoinOptions | undefined {
  return section({
    startJoin: file.strings(`start_join${suffix}`),
    retryJoin: file.strings(`retry_join${suffix}`),
    retryIntervalMs: file.durationMs(`retry_interval${suffix}`),
    retryMaxAttempts: file.int(`retry_max${suffix}`),
  });
}

function mapTiming(file: FileReader, path: string, reconnectPath: string): PoolTiming | undefined {
  return section({
    gossipIntervalMs: file.durationMs(`${path}.gossip_interval`),
    gossipNodes: file.int(`${path}.gossip_nodes`),
    probeIntervalMs: file.durationMs(`${path}.probe_interval`),
    probeTimeoutMs: file.durationMs(`${path}.probe_timeout`),
    retransmitMult: file.int(`${path}.retransmit_mult`),
    suspicionMult: file.int(`${path}.suspicion_mult`),
    reconnectTimeoutMs: file.durationMs(reconnectPath),
  });
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The same record without the keys that are undefined. */
function defined<T extends object>(record: T): Defined<T> {
  // The filter removes exactly what `Defined` leaves out.
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** Like `defined`, and undefined itself when nothing is left. */
function section<T extends object>(record: T): Defined<T> | undefined {
  const kept = defined(record);
  return Object.keys(kept).length === 0 ? undefined : kept;
}
