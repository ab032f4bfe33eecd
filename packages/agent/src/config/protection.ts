import { isJsonObject, type JsonObject } from './check-keys.ts';

interface ProtectionRule {
  readonly path: string;
  /** Whether this value asks for the protection. */
  readonly asks: (value: unknown) => boolean;
  /** What the operator would believe to be protected. */
  readonly promise: string;
}

const isOn = (value: unknown): boolean => value === true;
const isGiven = (value: unknown): boolean => value !== '' && !(Array.isArray(value) && value.length === 0);
const isPort = (value: unknown): boolean => typeof value === 'number' && value > 0;

/** Settings that promise a protection this version cannot give. Starting anyway would be a lie. */
const rules: readonly ProtectionRule[] = [
  { path: 'acl.enabled', asks: isOn, promise: 'access control' },
  { path: 'acl_datacenter', asks: isGiven, promise: 'access control' },
  { path: 'audit.enabled', asks: isOn, promise: 'an audit log' },
  { path: 'verify_incoming', asks: isOn, promise: 'TLS with client certificates' },
  { path: 'verify_incoming_https', asks: isOn, promise: 'TLS with client certificates' },
  { path: 'verify_incoming_rpc', asks: isOn, promise: 'TLS with client certificates' },
  { path: 'verify_outgoing', asks: isOn, promise: 'TLS to the servers' },
  { path: 'verify_server_hostname', asks: isOn, promise: 'TLS to the servers' },
  { path: 'ca_file', asks: isGiven, promise: 'TLS' },
  { path: 'ca_path', asks: isGiven, promise: 'TLS' },
  { path: 'cert_file', asks: isGiven, promise: 'TLS' },
  { path: 'key_file', asks: isGiven, promise: 'TLS' },
  { path: 'ports.https', asks: isPort, promise: 'HTTPS' },
  { path: 'addresses.https', asks: isGiven, promise: 'HTTPS' },
  { path: 'auto_encrypt.tls', asks: isOn, promise: 'TLS' },
  { path: 'auto_encrypt.allow_tls', asks: isOn, promise: 'TLS' },
  { path: 'auto_config.enabled', asks: isOn, promise: 'a signed configuration' },
  { path: 'http_config.allow_write_http_from', asks: isGiven, promise: 'writes from these networks only' },
  { path: 'segment', asks: isGiven, promise: 'a separate network segment' },
  { path: 'segments', asks: isGiven, promise: 'separate network segments' },
  { path: 'unix_sockets.user', asks: isGiven, promise: "a socket owner other than the agent's" },
  { path: 'unix_sockets.group', asks: isGiven, promise: "a socket group other than the agent's" },
];

/** One sentence for each setting of `values` that promises a protection we do not have. */
export function protectionProblems(values: JsonObject): readonly string[] {
  return rules
    .filter((rule) => {
      const value = valueAt(values, rule.path);
      return value !== undefined && rule.asks(value);
    })
    .map(
      ({ path, promise }) =>
        `${path} asks for ${promise}, which this version does not have: remove it to start without`,
    );
}

/** The value at a dotted path; undefined when a part of the path is missing. */
export function valueAt(values: JsonObject, path: string): unknown {
  let value: unknown = values;
  for (const part of path.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}
