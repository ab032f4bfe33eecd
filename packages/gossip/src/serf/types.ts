import type { GossipEvent } from '../events.ts';
import type { GossipTiming } from '../options.ts';
import type { Note, SwimMemberView } from '../swim/types.ts';
import type { Address } from '../wire/address.ts';

/** Everything the Serf layer must know at birth. */
export interface SerfConfig {
  readonly name: string;
  /** The version announced; the messages are the same in both. */
  readonly serfProtocol: 4 | 5;
  readonly timing: GossipTiming;
  /** Whether acks carry network coordinates, and ours is computed from them. */
  readonly coordinates: boolean;
  /** The last Lamport times of an earlier life: nothing up to them is taken for new. */
  readonly recovered?: RecoveredTimes;
  /** Groups member events; absent: each is told at once. */
  readonly coalesce?: { readonly periodMs: number; readonly quietMs: number };
}

/** Lamport times that were the last ones seen or used, as a snapshot keeps them; 0 for none. */
export interface RecoveredTimes {
  readonly lamportTime: number;
  readonly eventTime: number;
  readonly queryTime: number;
}

/** Everything that can happen to the Serf layer. */
export type SerfInput =
  | { readonly type: 'deadline' }
  | { readonly type: 'member-up'; readonly member: SwimMemberView }
  | { readonly type: 'member-changed'; readonly member: SwimMemberView }
  | { readonly type: 'member-down'; readonly member: SwimMemberView }
  | {
      readonly type: 'conflict';
      readonly name: string;
      readonly existing: Address;
      readonly claimed: Address;
    }
  /** A member answered our ping directly: how far it is, and where it says it is. */
  | {
      readonly type: 'probe-answered';
      readonly name: string;
      readonly rttMs: number;
      readonly payload: Uint8Array;
    }
  | { readonly type: 'user-message'; readonly payload: Uint8Array; readonly from: Address }
  | { readonly type: 'user-state'; readonly payload: Uint8Array; readonly join: boolean }
  /** A join succeeded: tell the pool with a join intent. */
  | { readonly type: 'announce-join'; readonly ignoreOldEvents: boolean }
  /** We leave: from now on nothing said about us is refuted; a `broadcast-done` with this ticket follows. */
  | { readonly type: 'leave'; readonly ticket: number }
  /** Only for a name that `member` knows; a `broadcast-done` with this ticket follows. */
  | { readonly type: 'force-leave'; readonly ticket: number; readonly name: string; readonly prune: boolean };

/** Everything the Serf layer asks of its surroundings. */
export type SerfEffect =
  | { readonly type: 'event'; readonly event: GossipEvent }
  /** The awaited broadcast was sent often enough, or nobody is there to be told. */
  | { readonly type: 'broadcast-done'; readonly ticket: number }
  /** Try a state exchange with a failed member's last address. */
  | { readonly type: 'reconnect'; readonly name: string; readonly to: Address }
  /** A direct user message (a Serf message, type byte included) to an address. */
  | { readonly type: 'send-user'; readonly to: Address; readonly payload: Uint8Array }
  | Note;
