import type { Member } from './member.ts';
import type { Address } from './wire/address.ts';

/** Members that joined, or returned after they had failed or left. */
export interface MemberJoinEvent {
  readonly type: 'member-join';
  readonly members: readonly Member[];
}

/** Members that left gracefully, or were moved from failed to left by a force-leave. */
export interface MemberLeaveEvent {
  readonly type: 'member-leave';
  readonly members: readonly Member[];
}

/** Members that the failure detector declared failed: they answered no probe and did not refute the suspicion in time. */
export interface MemberFailedEvent {
  readonly type: 'member-failed';
  readonly members: readonly Member[];
}

/** Members whose tags, address or versions changed. */
export interface MemberUpdateEvent {
  readonly type: 'member-update';
  readonly members: readonly Member[];
}

/** Members that were erased, because their reconnect or tombstone timeout passed or a force-leave pruned them. */
export interface MemberReapEvent {
  readonly type: 'member-reap';
  readonly members: readonly Member[];
}

/** A change of members. Members that change in the same way at the same time share one event. */
export type MemberEvent =
  | MemberJoinEvent
  | MemberLeaveEvent
  | MemberFailedEvent
  | MemberUpdateEvent
  | MemberReapEvent;

/** Another address announces the name of a live member. The member keeps its name and address. */
export interface MemberConflictEvent {
  readonly type: 'member-conflict';
  readonly name: string;
  /** The member's address. */
  readonly existing: Address;
  /** The address that announces its name. */
  readonly claimed: Address;
}

/**
 * The pool's vote on this member's name, which another node claims too (option `conflictResolution`). The gossip goes on
 * in either case; Serf's agent would shut down when it loses.
 */
export interface ConflictVoteEvent {
  readonly type: 'conflict-vote';
  /** This member's name. */
  readonly name: string;
  /** `lost` when more than half of the responses have another address than this member's, otherwise `kept`. */
  readonly verdict: 'kept' | 'lost' | 'unanswered';
  readonly responsesCount: number;
  /** How many of the responses have this member's address. */
  readonly matchingCount: number;
}

/**
 * A message of the application that a member broadcast with `userEvent`. Each running member delivers it once, however
 * many copies arrive. A member that joins may receive the events of the last 512 Lamport times. `userEvents.order`
 * decides the order of delivery.
 */
export interface UserEvent {
  readonly type: 'user-event';
  readonly name: string;
  readonly payload: Uint8Array;
  readonly lamportTime: number;
  /** Whether the sender allows a newer event of the same name to replace it. False for events that a join replays. */
  readonly coalesce: boolean;
}

/** A query of a member, which listeners may answer. */
export interface QueryEvent {
  readonly type: 'query';
  readonly name: string;
  readonly payload: Uint8Array;
  /** The name of the member that sent the query. */
  readonly from: string;
  readonly lamportTime: number;
  /** When the time for responses ends, on the clock of this gossip (`performance.now()` unless `ports.clock` is set). */
  readonly deadlineMs: number;
  /**
   * Sends a response as one datagram, and through relays if the query asks for them. True when it was sent; false when
   * the deadline has passed, the query was answered already or this gossip is closed. Late and repeated responses are
   * counted in `stats().dropped`.
   * @throws GossipError GOSSIP_TOO_LARGE above 1,024 bytes encoded; GossipTypeError GOSSIP_ARGUMENT for anything but
   *   bytes. Nothing is sent then.
   */
  respond(payload: Uint8Array): boolean;
}

/** An event of the pool. It is delivered after the state has changed. */
export type GossipEvent = MemberEvent | MemberConflictEvent | ConflictVoteEvent | UserEvent | QueryEvent;

/** The name of an event. */
export type GossipEventType = GossipEvent['type'];
/** The event that has this name. */
export type GossipEventOf<T extends GossipEventType> = Extract<GossipEvent, { readonly type: T }>;

/** The names of all events, in the order in which error messages list them. */
export const gossipEventTypes: readonly GossipEventType[] = Object.keys({
  'member-join': true,
  'member-leave': true,
  'member-failed': true,
  'member-update': true,
  'member-reap': true,
  'member-conflict': true,
  'conflict-vote': true,
  'user-event': true,
  query: true,
} satisfies Record<GossipEventType, true>) as GossipEventType[];

/**
 * A function that is called with each event. It may return a promise. An error that it throws or rejects with is logged
 * and counted in `stats().listenerErrorsCount`; it does not affect other listeners.
 */
export type GossipListener<T extends GossipEventType = GossipEventType> = (
  event: GossipEventOf<T>,
) => unknown;

/** Options of `on`. */
export interface ListenOptions {
  /** Removes the listener when it aborts. With a signal that has aborted already the listener is never called. */
  readonly signal?: AbortSignal;
}

/** Options of `once`. */
export interface OnceOptions {
  /** Only an event of this name, see `EventsOptions`. Default: the next of its type. */
  readonly name?: string;
  /** Ends the wait; the promise then rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** Options of `events`. Events that do not match are not buffered. */
export interface EventsOptions<T extends GossipEventType = GossipEventType> {
  /** Only these types. Default: all. */
  readonly types?: readonly T[];
  /**
   * Only user events and queries of this name, and events about the member of this name. A member event that includes
   * other members is given as a whole. Default: all.
   */
  readonly name?: string;
  /** Ends the iterator when it aborts. */
  readonly signal?: AbortSignal;
}
