import { type Channel, channel } from 'node:diagnostics_channel';
import type { GossipDiagnostics } from '../diagnostics.ts';

/** A channel with the type of its messages. Check `hasSubscribers` before creating a message. */
interface TypedChannel<M> extends Pick<Channel, 'hasSubscribers'> {
  publish(message: M): void;
}

function open<N extends keyof GossipDiagnostics>(name: N): TypedChannel<GossipDiagnostics[N]> {
  return channel(name);
}

/** The channels of all members in this process; every message names its member. */
export const diagnostics = {
  packet: open('hobnob:gossip:packet'),
  dropped: open('hobnob:gossip:dropped'),
  event: open('hobnob:gossip:event'),
  query: open('hobnob:gossip:query'),
  join: open('hobnob:gossip:join'),
  error: open('hobnob:gossip:error'),
} as const;
