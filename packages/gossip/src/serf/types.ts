import type { GossipEvent } from '../events.ts';
import type { BroadcastId, KeyChangeId, QueryId, ReceivedQueryId } from '../ids.ts';
import type { GossipTiming } from '../options.ts';
import type { Note, SwimUpdate } from '../swim/types.ts';
import type { Address } from '../wire/address.ts';
import type { QueryFilter, UserEventMessage } from '../wire/serf-messages.ts';

/** A user event of our own. */
export type OwnUserEvent = Pick<UserEventMessage, 'name' | 'payload' | 'coalesce'>;

/** A question of our own. */
export interface QueryRequest {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly filters: readonly QueryFilter[];
  readonly ackRequested: boolean;
  readonly relayFactor: number;
  /** Undefined: long enough for the pool as it is. */
  readonly timeoutMs: number | undefined;
}

/** A query that the application may answer. */
export interface ReceivedQuery {
  /** Names it in `respond`. */
  readonly queryId: ReceivedQueryId;
  readonly name: string;
  readonly payload: Uint8Array;
  readonly from: string;
  readonly lamportTime: number;
  readonly deadlineMs: number;
}

/** Whether a regular expression of RE2 occurs in a text; false for one that is none. */
export type ExpressionMatcher = (expression: string, text: string) => boolean;

/** How user events are told. */
export interface UserEventConfig {
  readonly order: 'arrival' | 'lamport';
  /** How long `lamport` waits for older events. */
  readonly holdBackMs: number;
  /** Groups those that allow it; undefined: each is told at once. */
  readonly coalesce: { readonly periodMs: number; readonly quietMs: number } | undefined;
}

/** Everything the Serf layer must know at birth. */
export interface SerfConfig {
  readonly name: string;
  /** Where others reach us. */
  readonly address: Address;
  /** The version pinged; the messages are the same in both. */
  readonly serfProtocol: 4 | 5;
  readonly timing: GossipTiming;
  /** Whether acks carry network coordinates, and ours is computed from them. */
  readonly coordinates: boolean;
  /** The last Lamport times of an earlier life: nothing up to them is taken for new. */
  readonly recovered?: RecoveredTimes;
  /** The members of an earlier life. Those who do not turn up are sought, as if they had been reaped. */
  readonly lastKnown?: Iterable<readonly [name: string, address: Address]>;
  /** Groups member events; absent: each is told at once. */
  readonly coalesce?: { readonly periodMs: number; readonly quietMs: number };
  readonly userEvents: UserEventConfig;
  /** The primary key first; none when encryption is off. */
  readonly keys: readonly Uint8Array[];
  /** Whether the pool is asked who owns our name when another node claims it. */
  readonly conflictResolution: boolean;
  /** The longest message that a packet can gossip. */
  readonly messageBytesMax: number;
  /** Whether the failure detector suspects this member. */
  readonly isSuspect: (name: string) => boolean;
}

/** What the owner asks of user events, queries and keys, and what it has done for them. */
export type MessagingInput =
  /** Its size must have been checked. */
  | { readonly type: 'user-event'; readonly event: OwnUserEvent }
  /** `query-answer`s with this handle follow, then `query-over`. */
  | { readonly type: 'ask'; readonly queryId: QueryId; readonly request: QueryRequest }
  /** The owner has heard enough; nothing follows. */
  | { readonly type: 'end-query'; readonly queryId: QueryId }
  | { readonly type: 'respond'; readonly queryId: ReceivedQueryId; readonly payload: Uint8Array }
  /** A `change-keys` is in force; `problem` says why it could not be written down. */
  | { readonly type: 'keys-changed'; readonly keyChangeId: KeyChangeId; readonly problem: string | undefined }
  /** The answer to `load-expressions`. */
  | { readonly type: 'expressions-loaded'; readonly matches: ExpressionMatcher };

/** Lamport times that were the last ones seen or used, as a snapshot keeps them; 0 for none. */
export interface RecoveredTimes {
  readonly lamportTime: number;
  readonly eventTime: number;
  readonly queryTime: number;
}

/** Everything that can happen to the Serf layer. */
export type SerfInput =
  | { readonly type: 'deadline' }
  | SwimUpdate
  | {
      readonly type: 'user-state';
      readonly payload: Uint8Array;
      readonly join: boolean;
      /** We join, and do not want to hear what happened before. */
      readonly ignoreOldEvents: boolean;
    }
  | MessagingInput
  /** A join succeeded: tell the pool with a join intent. */
  | { readonly type: 'announce-join' }
  /** We leave: from now on nothing said about us is refuted; a `broadcast-done` with this ticket follows. */
  | { readonly type: 'leave'; readonly broadcastId: BroadcastId }
  /** The pool has had time to hear that we left. */
  | { readonly type: 'left' }
  /** Only for a name that `member` knows; a `broadcast-done` with this ticket follows. */
  | {
      readonly type: 'force-leave';
      readonly broadcastId: BroadcastId;
      readonly name: string;
      readonly prune: boolean;
    };

/** Everything the Serf layer asks of its surroundings. */
export type SerfEffect =
  | { readonly type: 'event'; readonly event: GossipEvent }
  /** The awaited broadcast was sent often enough, or nobody is there to be told. */
  | { readonly type: 'broadcast-done'; readonly broadcastId: BroadcastId }
  /** Exchange state with a failed member, if it is the one that answers at its last address. */
  | { readonly type: 'reconnect'; readonly name: string; readonly to: Address }
  /** Ask, by a ping that names it, whether a lost member is at its last address; if so, exchange state with it. */
  | { readonly type: 'reconnect-ping'; readonly name: string; readonly to: Address }
  /** A direct user message (a Serf message, type byte included) to an address. */
  | { readonly type: 'send-user'; readonly to: Address; readonly payload: Uint8Array }
  /** Somebody asks the application. */
  | { readonly type: 'query'; readonly query: ReceivedQuery }
  | {
      readonly type: 'query-answer';
      readonly queryId: QueryId;
      readonly from: string;
      readonly kind: 'ack' | 'response';
      readonly payload: Uint8Array;
    }
  /** The time of this query is over. */
  | { readonly type: 'query-over'; readonly queryId: QueryId }
  /** Use these keys from now on and write them down; a `keys-changed` with this number answers. */
  | { readonly type: 'change-keys'; readonly keyChangeId: KeyChangeId; readonly keys: readonly Uint8Array[] }
  /** A query cannot be judged without the engine of RE2; an `expressions-loaded` answers. */
  | { readonly type: 'load-expressions' }
  | Note;
