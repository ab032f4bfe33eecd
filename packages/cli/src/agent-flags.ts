import type { FlagKind, FlagSpec } from './flag-spec.ts';

/** A flag of `agent` that stands for a key of the configuration. */
export interface AgentFlagSpec extends FlagSpec {
  /** The dotted path of that key. */
  readonly path: string;
}

function setting<const Name extends string, const Kind extends FlagKind>(
  name: Name,
  kind: Kind,
  path: string,
  description: string,
): AgentFlagSpec & { readonly name: Name; readonly kind: Kind } {
  return { name, kind, path, description, parsedBy: 'strconv' };
}

/**
 * The flags of Consul 1.8.7's `agent` that are keys of the configuration, and where each belongs. What a key
 * means, and whether it has an effect, is decided where files are read: a flag is one more file.
 */
export const settingFlags = [
  setting('advertise', 'string', 'advertise_addr', 'Address that others on the LAN are told.'),
  setting('advertise-wan', 'string', 'advertise_addr_wan', 'Address that others on the WAN are told.'),
  setting(
    'allow-write-http-from',
    'list',
    'http_config.allow_write_http_from',
    'Networks (CIDR) that may write over HTTP. Repeatable.',
  ),
  setting('alt-domain', 'string', 'alt_domain', 'Second DNS domain to answer for.'),
  setting('bind', 'string', 'bind_addr', 'Address the pools listen on.'),
  setting('bootstrap', 'bool', 'bootstrap', 'This server alone may elect itself.'),
  setting('bootstrap-expect', 'int', 'bootstrap_expect', 'How many servers start a datacenter together.'),
  setting('check_output_max_size', 'int', 'check_output_max_size', 'Bytes kept of the output of a check.'),
  setting('client', 'string', 'client_addr', 'Addresses that HTTP and DNS listen on.'),
  setting('datacenter', 'string', 'datacenter', 'Datacenter of the agent.'),
  setting('data-dir', 'string', 'data_dir', 'Directory that keeps the state of the agent.'),
  setting(
    'default-query-time',
    'string',
    'default_query_time',
    'How long a blocking query waits by default.',
  ),
  setting(
    'disable-host-node-id',
    'bool',
    'disable_host_node_id',
    'Makes a random node id, not one from the host.',
  ),
  setting(
    'disable-keyring-file',
    'bool',
    'disable_keyring_file',
    'Keeps gossip keys out of the data directory.',
  ),
  setting('dns-port', 'int', 'ports.dns', 'Port of the DNS server.'),
  setting('domain', 'string', 'domain', 'DNS domain to answer for.'),
  setting(
    'enable-local-script-checks',
    'bool',
    'enable_local_script_checks',
    'Allows script checks from files.',
  ),
  setting('enable-script-checks', 'bool', 'enable_script_checks', 'Allows script checks from anywhere.'),
  setting('encrypt', 'string', 'encrypt', 'Gossip key in base64, as keygen prints it.'),
  setting('grpc-port', 'int', 'ports.grpc', 'Port of the gRPC API.'),
  setting('http-port', 'int', 'ports.http', 'Port of the HTTP API.'),
  setting('https-port', 'int', 'ports.https', 'Port of the HTTPS API.'),
  setting('join', 'list', 'start_join', 'Member to join at the start. Repeatable; one must answer.'),
  setting('join-wan', 'list', 'start_join_wan', 'Server to join on the WAN at the start. Repeatable.'),
  setting('log-file', 'string', 'log_file', 'File the log is written to as well.'),
  setting('log-json', 'bool', 'log_json', 'Writes the log as JSON.'),
  setting('log-level', 'string', 'log_level', 'Least level to log: trace, debug, info, warn or err.'),
  setting('log-rotate-bytes', 'int', 'log_rotate_bytes', 'Size at which a log file is rotated.'),
  setting('log-rotate-duration', 'string', 'log_rotate_duration', 'Age at which a log file is rotated.'),
  setting('log-rotate-max-files', 'int', 'log_rotate_max_files', 'How many rotated log files are kept.'),
  setting('max-query-time', 'string', 'max_query_time', 'How long a blocking query may wait at most.'),
  setting('node', 'string', 'node_name', 'Name of this node; unique in the pool.'),
  setting(
    'node-id',
    'string',
    'node_id',
    'UUID of this node. Default: made once and kept in the data directory.',
  ),
  setting('node-meta', 'pairs', 'node_meta', 'Metadata of this node as key:value. Repeatable.'),
  setting('non-voting-server', 'bool', 'non_voting_server', 'Makes the server a read replica.'),
  setting('pid-file', 'string', 'pid_file', 'File that holds the process id while the agent runs.'),
  setting(
    'primary-gateway',
    'list',
    'primary_gateways',
    'Mesh gateway of the primary datacenter. Repeatable.',
  ),
  setting('protocol', 'int', 'protocol', 'Protocol version to speak.'),
  setting('raft-protocol', 'int', 'raft_protocol', 'Raft protocol version to speak.'),
  setting('recursor', 'list', 'recursors', 'DNS server for other domains. Repeatable.'),
  setting('rejoin', 'bool', 'rejoin_after_leave', 'Joins the known members again even after a leave.'),
  setting('retry-interval', 'string', 'retry_interval', 'Time between two attempts to join.'),
  setting('retry-interval-wan', 'string', 'retry_interval_wan', 'Time between two attempts to join the WAN.'),
  setting('retry-join', 'list', 'retry_join', 'Member to join, tried until one answers. Repeatable.'),
  setting(
    'retry-join-wan',
    'list',
    'retry_join_wan',
    'Server to join on the WAN until one answers. Repeatable.',
  ),
  setting('retry-max', 'int', 'retry_max', 'Attempts to join before the agent gives up; 0: never.'),
  setting('retry-max-wan', 'int', 'retry_max_wan', 'Attempts to join the WAN before the agent gives up.'),
  setting('segment', 'string', 'segment', 'Network segment to join.'),
  setting(
    'serf-lan-allowed-cidrs',
    'list',
    'serf_lan_allowed_cidrs',
    'Networks whose members the LAN admits.',
  ),
  setting('serf-lan-bind', 'string', 'serf_lan', 'Address the LAN pool listens on.'),
  setting('serf-lan-port', 'int', 'ports.serf_lan', 'Port of the LAN pool.'),
  setting(
    'serf-wan-allowed-cidrs',
    'list',
    'serf_wan_allowed_cidrs',
    'Networks whose members the WAN admits.',
  ),
  setting('serf-wan-bind', 'string', 'serf_wan', 'Address the WAN pool listens on.'),
  setting('serf-wan-port', 'int', 'ports.serf_wan', 'Port of the WAN pool.'),
  setting('server', 'bool', 'server', 'Runs a server instead of a client.'),
  setting('server-port', 'int', 'ports.server', 'Port of the servers among themselves.'),
  setting('syslog', 'bool', 'enable_syslog', 'Writes the log to syslog as well.'),
  setting('ui', 'bool', 'ui', 'Serves the web UI.'),
  setting('ui-content-path', 'string', 'ui_content_path', 'Path of the web UI.'),
  setting('ui-dir', 'string', 'ui_dir', 'Directory of the web UI.'),
] as const;

/** The flags of `agent` that no configuration file can hold. */
const launchFlags = [
  {
    name: 'config-dir',
    kind: 'list',
    collectedIn: 'config-file',
    description: 'Directory whose .json files are read. Repeatable.',
  },
  { name: 'config-file', kind: 'list', description: 'Configuration file to read. Repeatable.' },
  {
    name: 'config-format',
    kind: 'string',
    placeholder: 'string',
    description: "Format of all configuration files: 'json'; 'hcl' is not supported.",
  },
  {
    name: 'dev',
    kind: 'bool',
    parsedBy: 'strconv',
    description: 'Runs a development agent that keeps nothing.',
  },
  { name: 'hcl', kind: 'list', description: 'Piece of configuration in HCL: not supported.' },
] as const satisfies readonly FlagSpec[];

/** All flags of `agent`. */
export const agentFlags = [...settingFlags, ...launchFlags] as const;

/** A JSON object under construction. */
interface Section {
  [key: string]: unknown;
}

/** What was given for `settingFlags`, in the shape of a configuration file. Pure. */
export function settingsFromFlags(values: Readonly<Record<string, unknown>>): Section {
  const root: Section = {};
  for (const { name, path } of settingFlags) {
    const value = values[name];
    if (value === undefined) continue;
    const keys = path.split('.');
    const last = keys.pop() ?? path;
    let section = root;
    for (const key of keys) {
      const inner: Section = (section[key] as Section | undefined) ?? {};
      section[key] = inner;
      section = inner;
    }
    section[last] = value;
  }
  return root;
}
