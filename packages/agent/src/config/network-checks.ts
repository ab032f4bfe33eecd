import { validateHeaderName, validateHeaderValue } from 'node:http';
import { isIP } from 'node:net';
import type { AgentPortNumbers, JoinConfig, JoinOptions, PoolTiming } from '../options.ts';
import { type AddressChecks, expandEach } from './expand-words.ts';
import type { Problems } from './problems.ts';

/** Consul's ports (agent/config DefaultSource, DevSource). */
export const defaultPorts: AgentPortNumbers = {
  http: 8500,
  https: -1,
  dns: 8600,
  grpc: -1,
  serfLan: 8301,
  serfWan: 8302,
  server: 8300,
};

const portPaths: Readonly<Record<keyof AgentPortNumbers, string>> = {
  http: 'ports.http',
  https: 'ports.https',
  dns: 'ports.dns',
  grpc: 'ports.grpc',
  serfLan: 'ports.serf_lan',
  serfWan: 'ports.serf_wan',
  server: 'ports.server',
};

/** Every port with its default; a negative one becomes -1, off. The LAN pool and the RPC port cannot be off. */
export function resolvePorts(
  ports: Partial<AgentPortNumbers>,
  defaults: AgentPortNumbers,
  problems: Problems,
): AgentPortNumbers {
  const resolved = { ...defaults, ...ports };
  for (const [name, path] of Object.entries(portPaths)) {
    // portPaths has exactly the keys of AgentPortNumbers.
    const key = name as keyof AgentPortNumbers;
    const port = resolved[key];
    const mayBeOff = key !== 'serfLan' && key !== 'server';
    if (!Number.isInteger(port) || port > 65_535 || (port < 0 && !mayBeOff)) {
      problems.add(`${path}: invalid port: ${port} (allowed: ${mayBeOff ? '-1 for off, ' : ''}0 to 65535)`);
    }
    if (port < 0) resolved[key] = -1;
  }
  return resolved;
}

const retryIntervalMsDefault = 30_000;

/** Evaluates templates and fills in Consul's retry defaults. */
export function resolveJoin(join: JoinOptions, suffix: '' | '_wan', checks: AddressChecks): JoinConfig {
  const { retryIntervalMs = retryIntervalMsDefault, retryMaxAttempts = 0 } = join;
  const startJoin = expandEach(`start_join${suffix}`, join.startJoin ?? [], checks);
  const retryJoin = expandEach(`retry_join${suffix}`, join.retryJoin ?? [], checks);
  const { problems } = checks;
  if (!(retryIntervalMs > 0)) {
    problems.add(`retry_interval${suffix}: ${retryIntervalMs} ms: it must be longer than zero`);
  }
  if (!Number.isInteger(retryMaxAttempts) || retryMaxAttempts < 0) {
    problems.add(`retry_max${suffix}: ${retryMaxAttempts}: it must be a whole number, 0 for no limit`);
  }
  for (const address of retryJoin) {
    if (/^\s*provider=/.test(address)) {
      problems.add(
        `retry_join${suffix}: "${address}" asks for cloud auto-join, which this version does not have: write addresses`,
      );
    }
  }
  return Object.freeze({
    startJoin: [...startJoin],
    retryJoin: [...retryJoin],
    retryIntervalMs,
    retryMaxAttempts,
  });
}

/** Checks the tunable timings of a pool. */
export function checkTiming(timing: PoolTiming, path: string, problems: Problems): void {
  for (const [name, value] of Object.entries(timing)) {
    if (typeof value !== 'number' || !(value > 0))
      problems.add(`${path}: ${name} is ${value}: it must be above zero`);
  }
}

/** The key is never shown: a log is read by more people than a key is for. */
export function checkGossipKey(key: string, problems: Problems): void {
  if (key === '') return;
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(key)) {
    problems.add('encrypt has invalid key: it is not base64; make one with `keygen`');
    return;
  }
  const bytes = Buffer.from(key, 'base64').length;
  if (![16, 24, 32].includes(bytes)) {
    problems.add(`encrypt has invalid key: key size must be 16, 24 or 32 bytes, this one has ${bytes}`);
  }
}

export function checkCidrs(path: string, cidrs: readonly string[], problems: Problems): void {
  for (const cidr of cidrs) {
    const [host = '', bits = '', ...rest] = cidr.split('/');
    const bitsMax = isIP(host) === 4 ? 32 : 128;
    const valid = rest.length === 0 && isIP(host) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax;
    if (!valid) problems.add(`${path}: invalid cidr: ${cidr} (like 10.0.0.0/8)`);
  }
}

/** A header that HTTP cannot carry would fail every answer. */
export function checkHeaders(headers: Readonly<Record<string, string>>, problems: Problems): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      problems.add(
        `http_config.response_headers: ${JSON.stringify(name)} cannot be sent as a header of HTTP`,
      );
    }
  }
}

/** Octal digits, as chmod reads them; 0 leaves the mode to the umask. */
export function resolveSocketMode(text: string, problems: Problems): number {
  if (text === '') return 0;
  if (!/^0?[0-7]{3}$/.test(text))
    problems.add(`unix_sockets.mode: "${text}": expected octal digits like "0660"`);
  return Number.parseInt(text, 8) || 0;
}
