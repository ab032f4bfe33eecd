import { createHash } from 'node:crypto';
import type { Peer } from './peer.ts';
import type { Peers } from './peers.ts';

/** The kinds of real pools that ours must work in. */
export const poolKinds = ['serf 0.9.4', 'serf 0.10.1', 'consul 1.8.7'] as const;
export type PoolKind = (typeof poolKinds)[number];

export interface MemberOptions {
  readonly name: string;
  /** Give the host of an earlier member to restart it. */
  readonly host?: string;
  readonly encrypt?: string;
  readonly compression?: boolean;
}

/** A UUID that is always the same for a name, as an agent's persisted id is across restarts. */
export function nodeIdOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

/** What a Consul client announces on the LAN. */
export function consulClientTags(
  name: string,
  changes: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const common = { role: 'node', dc: 'dc1', segment: '', id: nodeIdOf(name), acls: '0', build: '1.8.7:' };
  return { ...common, vsn: '2', vsn_min: '2', vsn_max: '3', ...changes };
}

/** The timings of the Consul agents under test, so that no test waits for the slowest. */
export const fastTiming = {
  probeIntervalMs: 200,
  probeTimeoutMs: 100,
  gossipIntervalMs: 100,
  suspicionMult: 3,
} as const;

/** The first real member of a pool; in Consul's, its only server. */
export function startAnchor(peers: Peers, kind: PoolKind, options: MemberOptions): Promise<Peer> {
  return startReal(peers, kind, options, { server: true });
}

/** A further real member; in Consul's pool, a client. */
export function startReal(
  peers: Peers,
  kind: PoolKind,
  options: MemberOptions,
  { server = false }: { readonly server?: boolean } = {},
): Promise<Peer> {
  const { compression = true, ...common } = options;
  if (kind === 'consul 1.8.7') {
    return peers.consul({ ...common, server, config: { node_id: nodeIdOf(options.name) } });
  }
  const version = kind === 'serf 0.9.4' ? '0.9.4' : '0.10.1';
  return peers.serf({ version, ...common, compression, tags: tagsOf(kind, options.name) });
}

/** The tags by which members of such a pool know each other. */
export function tagsOf(kind: PoolKind, name: string): Record<string, string> {
  return kind === 'consul 1.8.7' ? consulClientTags(name) : { role: 'web', owner: name };
}

function hobnobOptions(kind: PoolKind, { encrypt, ...options }: MemberOptions) {
  return {
    ...options,
    tags: tagsOf(kind, options.name),
    ...(encrypt === undefined ? {} : { encryption: { keys: [encrypt] } }),
    ...(kind === 'consul 1.8.7'
      ? { profile: 'lan' as const, port: 8301, serfProtocol: 4 as const, timing: fastTiming }
      : {}),
  };
}

/** Our node in this process. */
export function startOurs(peers: Peers, kind: PoolKind, options: MemberOptions): Promise<Peer> {
  return peers.hobnob(hobnobOptions(kind, options));
}

/** Our node in a process that can be killed. */
export function startOursApart(peers: Peers, kind: PoolKind, options: MemberOptions): Promise<Peer> {
  return peers.hobnobProcess(hobnobOptions(kind, options));
}

/** Lines in which a real agent complains about what we sent, rather than about a member's absence. */
export function complaints(peer: Peer): string[] {
  return peer
    .log()
    .filter((line) =>
      /incompatible|[Ff]ailed to decode|Unsupported|Msg type .* not supported|panic|malformed/.test(line),
    );
}

/** Lines in which a real serf or memberlist reports an error. */
export function errorsIn(peer: Peer): string[] {
  return peer
    .log()
    .filter((line) => /\[ERR(OR)?\]|\[WARN\].*(UDP probes failed|unexpected|truncated)|panic:/.test(line));
}
