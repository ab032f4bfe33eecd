import type { Peer } from '../peer.ts';
import type { Peers } from '../peers.ts';
import { openLayers } from './layers.ts';
import {
  alive,
  type NodeRecord,
  type PushPullReply,
  pushPull,
  readPushPull,
  type SerfStateFields,
  serfState,
} from './messages.ts';
import type { RawPeer } from './raw-peer.ts';

/** One side of a state exchange that a scripted peer starts. */
export interface ExchangeOptions {
  readonly join?: boolean;
  readonly state?: SerfStateFields;
}

/** Exchanges state with `target`, telling it of `nodes`, and reads its reply. */
export async function pushPullWith(
  raw: RawPeer,
  target: Peer,
  nodes: readonly NodeRecord[],
  { join = true, state = {} }: ExchangeOptions = {},
): Promise<PushPullReply> {
  const request = pushPull(nodes, { join, userState: serfState(state) });
  const reply = await raw.exchange(request, target.address);
  const [message] = openLayers(reply);
  if (message === undefined) throw new Error('an empty reply');
  return readPushPull(message);
}

/** Makes a scripted peer a healthy member of the target's pool: it answers pings from now on. */
export async function becomeMember(peers: Peers, raw: RawPeer, name: string, target: Peer): Promise<void> {
  raw.answersPings = true;
  await pushPullWith(raw, target, [{ name, host: raw.host, port: raw.port }]);
  await peers.waitForStatus(target, name, 'alive');
}

/** Announces a scripted peer by gossip alone. */
export function announce(from: RawPeer, target: Peer, node: NodeRecord): void {
  from.send(alive(node), target.address);
}
