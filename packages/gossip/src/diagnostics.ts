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
