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

/** Somebody announces a name that a live member has, from another address. Nothing changed. */
export interface MemberConflictEvent {
  readonly type: 'member-conflict';
  readonly name: string;
  readonly existing: Address;
  readonly claimed: Address;
}

/** What happened in the pool. Past facts: the state has already changed when one is delivered. */
export type GossipEvent =
  | MemberJoinEvent
  | MemberLeaveEvent
  | MemberFailedEvent
  | MemberUpdateEvent
  | MemberReapEvent
  | MemberConflictEvent;

/** The name by which listeners choose events. */
export type GossipEventType = GossipEvent['type'];
/** The event that has this name. */
export type GossipEventOf<T extends GossipEventType> = Extract<GossipEvent, { readonly type: T }>;
