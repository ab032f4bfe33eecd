import type { Peer } from './peer.ts';
import type { Peers } from './peers.ts';

/** Who is asked the same questions: what all of them answer is the protocol. */
export const targetNames = ['serf 0.9.4', 'serf 0.10.1', 'ours'] as const;
export type TargetName = (typeof targetNames)[number];

export interface TargetOptions {
  readonly name?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly encrypt?: string;
  readonly compression?: boolean;
}

/** Starts a real serf of the named version, or our node, with the timings for one machine. */
export function startTarget(
  peers: Peers,
  target: TargetName,
  { name = 'target', tags = {}, encrypt, compression = true }: TargetOptions = {},
): Promise<Peer> {
  const common = { name, tags, compression };
  if (target === 'ours') {
    return peers.hobnob({ ...common, ...(encrypt === undefined ? {} : { encryption: { keys: [encrypt] } }) });
  }
  const version = target === 'serf 0.9.4' ? '0.9.4' : '0.10.1';
  return peers.serf({ version, ...common, ...(encrypt === undefined ? {} : { encrypt }) });
}
