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
 * joins may be told the events of the last 512 Lamport times again. In no order, unless `userEvents.order` asks for one.
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
   * Answers, once. It travels as one datagram, and through relays if the asker wants that.
   * @throws GossipError GOSSIP_TOO_LARGE above 1,024 bytes encoded, GOSSIP_QUERY_OVER after the deadline,
   *   GOSSIP_QUERY_ANSWERED the second time, GOSSIP_CLOSED. Nothing is sent then.
   */
  respond(payload: Uint8Array): void;
}

/** What happened in the pool. Past facts: the state has already changed when one is delivered. */
export type GossipEvent = MemberEvent | MemberConflictEvent | ConflictVoteEvent | UserEvent | QueryEvent;

/** The name by which listeners choose events. */
export type GossipEventType = GossipEvent['type'];
/** The event that has this name. */
export type GossipEventOf<T extends GossipEventType> = Extract<GossipEvent, { readonly type: T }>;
