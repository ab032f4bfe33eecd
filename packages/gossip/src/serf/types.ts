import type { GossipEvent } from '../events.ts';
import type { BroadcastId, KeyChangeId, QueryId, ReceivedQueryId } from '../ids.ts';
import type { GossipTiming } from '../options/options.ts';
import type { Note, SwimUpdate } from '../swim/types.ts';
import type { Address } from '../wire/address.ts';
import type { QueryFilter, UserEventMessage } from '../wire/serf-messages.ts';

/** A user event of our own. */
export type OwnUserEvent = Pick<UserEventMessage, 'name' | 'payload' | 'coalesce'>;

/** A query of our own. */
export interface QueryRequest {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly filters: readonly QueryFilter[];
  readonly ackRequested: boolean;
  readonly relayFactor: number;
  /** Undefined: the default for the pool's size. */
  readonly timeoutMs: number | undefined;
}

/** A query that the application may answer. */
export interface ReceivedQuery {
  readonly queryId: ReceivedQueryId;
  readonly name: string;
  readonly payload: Uint8Array;
  readonly from: string;
  readonly lamportTime: number;
  readonly deadlineMs: number;
}

/** Whether an RE2 expression matches anywhere in a text; false for an invalid expression. */
export type ExpressionMatcher = (expression: string, text: string) => boolean;

/** How received user events are emitted. */
export interface UserEventConfig {
  readonly order: 'arrival' | 'lamport';
  /** With order `lamport`: how long an event waits for earlier ones. Milliseconds. */
  readonly holdBackMs: number;
  /** Coalesces events that allow it; undefined: each is emitted at once. */
  readonly coalesce: { readonly periodMs: number; readonly quietMs: number } | undefined;
}

/** The configuration of the Serf layer. */
export interface SerfConfig {
  readonly name: string;
  /** The address that other members reach this one at. */
  readonly address: Address;
  /** The protocol version announced to peers; the messages are the same in both. */
  readonly serfProtocol: 4 | 5;
  readonly timing: GossipTiming;
  /** Whether our acks contain our network coordinate, which those of peers update. */
  readonly coordinates: boolean;
  /** The last Lamport times of an earlier instance. Events and queries up to them are ignored. */
  readonly recovered?: RecoveredTimes;
  /** The members of an earlier instance. Until found again they get reconnect pings, like reaped members. */
  readonly lastKnown?: Iterable<readonly [name: string, address: Address]>;
  /** Coalesces member events; absent: each is emitted at once. */
  readonly coalesce?: { readonly periodMs: number; readonly quietMs: number };
  readonly userEvents: UserEventConfig;
  /** The primary key first; empty when encryption is off. */
  readonly keys: readonly Uint8Array[];
  /** Whether a query asks the pool who owns our name when another node claims it. */
  readonly conflictResolution: boolean;
  /** The longest message that fits into a packet of gossip. Bytes. */
  readonly messageBytesMax: number;
  /** Whether the failure detector suspects the member. */
  readonly isSuspect: (name: string) => boolean;
}

/** Requests of the application, and its replies to effects, for user events, queries and keys. */
export type MessagingInput =
  /** Sends a user event. The caller has checked its size. */
  | { readonly type: 'user-event'; readonly event: OwnUserEvent }
  /** Sends a query. Effects `query-answer` with this id follow, then `query-over`. */
  | { readonly type: 'send-query'; readonly queryId: QueryId; readonly request: QueryRequest }
  /** Ends a query early. No effect follows. */
  | { readonly type: 'end-query'; readonly queryId: QueryId }
  | { readonly type: 'respond'; readonly queryId: ReceivedQueryId; readonly payload: Uint8Array }
  /** The reply to `change-keys`: the keys are in use. `problem` says why the key ring file was not written. */
  | { readonly type: 'keys-changed'; readonly keyChangeId: KeyChangeId; readonly problem: string | undefined }
  /** The reply to `load-expressions`. */
  | { readonly type: 'expressions-loaded'; readonly matches: ExpressionMatcher };

/** The last Lamport times witnessed or used, from a snapshot; 0 for none. */
export interface RecoveredTimes {
  readonly lamportTime: number;
  readonly eventTime: number;
  readonly queryTime: number;
}

/** The inputs of the Serf layer. */
export type SerfInput =
  | { readonly type: 'deadline' }
  | SwimUpdate
  | {
      readonly type: 'user-state';
      readonly payload: Uint8Array;
      readonly join: boolean;
      /** Whether to ignore the user events from before this join. */
      readonly ignoreOldEvents: boolean;
    }
  | MessagingInput
  /** A join succeeded: broadcast a join intent. */
  | { readonly type: 'announce-join' }
  /**
   * We leave: broadcast a leave intent and refute no other one from now on. A `broadcast-done` with this id follows.
   */
  | { readonly type: 'leave'; readonly broadcastId: BroadcastId }
  /** The leave is over: the broadcasts had time to propagate. */
  | { readonly type: 'left' }
  /** Force-leaves a known member. A `broadcast-done` with this id follows. */
  | {
      readonly type: 'force-leave';
      readonly broadcastId: BroadcastId;
      readonly name: string;
      readonly prune: boolean;
    };

/** The effects of the Serf layer. */
export type SerfEffect =
  | { readonly type: 'event'; readonly event: GossipEvent }
  /** The broadcast reached its retransmit limit, was replaced or dropped, or no peer is up. */
  | { readonly type: 'broadcast-done'; readonly broadcastId: BroadcastId }
  /** Push/pull with a failed member at its last address, if that member answers there. */
  | { readonly type: 'reconnect'; readonly name: string; readonly to: Address }
  /** Ping a failed or reaped member by name at its last address; when it acks, push/pull with it. */
  | { readonly type: 'reconnect-ping'; readonly name: string; readonly to: Address }
  /** A direct user message (a Serf message, type byte included) to an address. */
  | { readonly type: 'send-user'; readonly to: Address; readonly payload: Uint8Array }
  /** A query for the application. */
  | { readonly type: 'query'; readonly query: ReceivedQuery }
  | {
      readonly type: 'query-answer';
      readonly queryId: QueryId;
      readonly from: string;
      readonly kind: 'ack' | 'response';
      readonly payload: Uint8Array;
    }
  /** The timeout of this query has passed. */
  | { readonly type: 'query-over'; readonly queryId: QueryId }
  /** Use these keys from now on and write the key ring file; reply with `keys-changed` and this id. */
  | { readonly type: 'change-keys'; readonly keyChangeId: KeyChangeId; readonly keys: readonly Uint8Array[] }
  /** Load the RE2 engine, which a query's filter needs; reply with `expressions-loaded`. */
  | { readonly type: 'load-expressions' }
  | Note;
