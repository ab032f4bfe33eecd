import { type Channel, channel } from 'node:diagnostics_channel';
import type { GossipEvent } from './events.ts';
import type { QueryResult } from './query.ts';
import type { Address } from './wire/address.ts';

/**
 * The messages on `node:diagnostics_channel` by the name of their channel, for metrics and traces of all members in a
 * process. They are published synchronously, after the fact, and must not be changed. A channel without subscribers costs
 * one comparison. Node raises an error that a subscriber throws as an uncaught exception.
 */
export interface GossipDiagnostics {
  /** A datagram was passed to the operating system or received from it. */
  readonly 'hobnob:gossip:packet': {
    readonly member: string;
    readonly direction: 'sent' | 'received';
    readonly bytesCount: number;
    readonly peer: Address;
  };
  /** A datagram or stream was dropped; `reason` as in `stats().dropped`. */
  readonly 'hobnob:gossip:dropped': {
    readonly member: string;
    readonly reason: string;
    readonly peer: Address;
  };
  /** An event was delivered to listeners and iterators. */
  readonly 'hobnob:gossip:event': { readonly member: string; readonly event: GossipEvent };
  /** A query of this member has ended. */
  readonly 'hobnob:gossip:query': {
    readonly member: string;
    readonly name: string;
    readonly durationMs: number;
    readonly membersCount: number;
    readonly acksCount: number;
    readonly responsesCount: number;
    readonly ended: QueryResult['ended'];
  };
  /** A join has ended. Without `error` it succeeded, and `joinedCount` addresses answered. */
  readonly 'hobnob:gossip:join': {
    readonly member: string;
    readonly seeds: readonly string[];
    readonly durationMs: number;
    readonly joinedCount: number;
    readonly error?: unknown;
  };
  /** A function of the application threw, or its promise rejected. */
  readonly 'hobnob:gossip:error': {
    readonly member: string;
    readonly what: 'listener' | 'admission' | 'logger';
    readonly error: unknown;
  };
}

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
