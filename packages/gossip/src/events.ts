import type { Member } from './member.ts';
import type { Address } from './wire/address.ts';

/** Members that joined, or came back after having failed or left. */
export interface MemberJoinEvent {
  readonly type: 'member-join';
  readonly members: readonly Member[];
}

/** Members that left gracefully, or were forced out after they failed. */
export interface MemberLeaveEvent {
  readonly type: 'member-leave';
  readonly members: readonly Member[];
}

/** Members that fell silent and could not be reached through others either. */
export interface MemberFailedEvent {
  readonly type: 'member-failed';
  readonly members: readonly Member[];
}

/** Members whose tags, address or versions changed. */
export interface MemberUpdateEvent {
  readonly type: 'member-update';
  readonly members: readonly Member[];
}

/** Members that were erased: their reconnect or tombstone time is over, or they were pruned. */
export interface MemberReapEvent {
  readonly type: 'member-reap';
  readonly members: readonly Member[];
}

/** What happened to members: one event for all to whom the same happened at once. */
export type MemberEvent =
  | MemberJoinEvent
  | MemberLeaveEvent
  | MemberFailedEvent
  | MemberUpdateEvent
  | MemberReapEvent;

/** Somebody announces a name that a live member has, from another address. Nothing changed. */
export interface MemberConflictEvent {
  readonly type: 'member-conflict';
  readonly name: string;
  readonly existing: Address;
  readonly claimed: Address;
}

/** The pool was asked who owns our name, because another node claims it. Nothing changed: what to do is yours to decide. */
export interface ConflictVoteEvent {
  readonly type: 'conflict-vote';
  /** Our own name. */
  readonly name: string;
  /** `lost` when more than half of those who know the name place it elsewhere; `unanswered` when nobody does. */
  readonly verdict: 'kept' | 'lost' | 'unanswered';
  readonly responsesCount: number;
  /** How many of them know us by our address. */
  readonly matchingCount: number;
}

/**
 * Something that a member tells everybody. Each running member is told once, however many copies arrive; one that
 * joins may be told the events of the last 512 Lamport times again. `userEvents.order` says in which order they come.
 */
export interface UserEvent {
  readonly type: 'user-event';
  readonly name: string;
  readonly payload: Uint8Array;
  readonly lamportTime: number;
  /** Whether the sender allows newer events of the name to replace it. Lost when events are replayed to a joiner. */
  readonly coalesce: boolean;
}

/** A member asks something. */
export interface QueryEvent {
  readonly type: 'query';
  readonly name: string;
  readonly payload: Uint8Array;
  /** The name of the member that asks. */
  readonly from: string;
  readonly lamportTime: number;
  /** Until when an answer is accepted, on the clock of this gossip (`performance.now()` unless replaced). */
  readonly deadlineMs: number;
  /**
   * Answers. The answer travels as one datagram, and through relays if the asker wants that. True when it was sent;
   * false when nothing was sent because the deadline is over, the query has been answered already, or this gossip is
   * closed. Answers that came too late or twice are counted in `stats().dropped`.
   * @throws GossipError GOSSIP_TOO_LARGE above 1,024 bytes encoded; GossipTypeError GOSSIP_ARGUMENT for anything but
   *   bytes. Nothing is sent then.
   */
  respond(payload: Uint8Array): boolean;
}

/** What happened in the pool. Past facts: the state has already changed when one is delivered. */
export type GossipEvent = MemberEvent | MemberConflictEvent | ConflictVoteEvent | UserEvent | QueryEvent;

/** The name by which listeners choose events. */
export type GossipEventType = GossipEvent['type'];
/** The event that has this name. */
export type GossipEventOf<T extends GossipEventType> = Extract<GossipEvent, { readonly type: T }>;

/** Every name of an event, in the order in which they are listed to who misspells one. */
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
 * What is called with an event. It may return a promise. What it throws, or what its promise is rejected with, is
 * logged and counted in `stats().listenerErrorsCount`; the other listeners are called all the same.
 */
export type GossipListener<T extends GossipEventType = GossipEventType> = (
  event: GossipEventOf<T>,
) => unknown;

/** How long a listener is called. */
export interface ListenOptions {
  /** Removes the listener when it aborts. One that has aborted already: the listener is never called. */
  readonly signal?: AbortSignal;
}

/** Which single event is waited for. */
export interface OnceOptions {
  /** Only an event of this name, see `EventsOptions`. Default: the next of its type. */
  readonly name?: string;
  /** Ends the wait: the promise is rejected with its reason. */
  readonly signal?: AbortSignal;
}

/** Which events an iterator gives. What does not match is not kept, so it cannot push out what does. */
export interface EventsOptions<T extends GossipEventType = GossipEventType> {
  /** Only these types. Default: all. */
  readonly types?: readonly T[];
  /**
   * Only user events and queries of this name, and events about a member of this name. A member event that holds
   * other members too is given whole. Default: all.
   */
  readonly name?: string;
  /** Ends the iterator when it aborts. */
  readonly signal?: AbortSignal;
}
