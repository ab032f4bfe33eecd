import type { SeedErrorCode } from '../errors.ts';
import type { BroadcastId, PeerStreamId, StreamId } from '../ids.ts';
import type { GossipTiming } from '../options.ts';
import type { Address } from '../wire/address.ts';
import type {
  Ack,
  NodeStateName,
  PacketMessage,
  Ping,
  PushPull,
  StreamFault,
  Versions,
} from '../wire/swim-messages.ts';
import type { AnswerAboutUs, OwnReach } from './own-listing.ts';

/** A member as the failure detector knows it; handed to the layer above and out of the core. */
export interface SwimMemberView {
  readonly name: string;
  readonly address: Address;
  readonly meta: Uint8Array;
  readonly versions: Versions;
  readonly state: NodeStateName;
  readonly incarnation: number;
}

/** Why an exchange that we began gave nothing. */
export interface StreamFailure {
  readonly code: SeedErrorCode;
  readonly reason: string;
  /** The operating system's error, when it was one. */
  readonly cause?: Error;
}

/** What contacting one address gave. */
export type Contact<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: StreamFailure };

/** Everything that can happen to the failure detector. */
export type SwimInput =
  /** Announce ourselves and start the rounds. */
  | { readonly type: 'start' }
  /** The time asked for by `nextDeadlineMs` has come. */
  | { readonly type: 'deadline' }
  | { readonly type: 'packet'; readonly from: Address; readonly messages: readonly PacketMessage[] }
  /** The operating system refused to send a datagram to `to`. */
  | { readonly type: 'send-failed'; readonly to: Address }
  /** A peer opened a stream and sent its state; answer on the same stream. */
  | {
      readonly type: 'push-pull-request';
      readonly streamId: PeerStreamId;
      readonly from: Address;
      readonly state: PushPull;
    }
  /** The answer to an exchange we began. */
  | { readonly type: 'push-pull-reply'; readonly streamId: StreamId; readonly state: PushPull }
  | { readonly type: 'push-pull-failed'; readonly streamId: StreamId; readonly failure: StreamFailure }
  | { readonly type: 'stream-ping-request'; readonly streamId: PeerStreamId; readonly ping: Ping }
  | { readonly type: 'stream-ping-reply'; readonly streamId: StreamId; readonly ack: Ack }
  | { readonly type: 'stream-ping-failed'; readonly streamId: StreamId; readonly failure: StreamFailure }
  /** Exchange full state with an address now, as a joiner or as one who is in. `exchange` is odd and new. */
  | {
      readonly type: 'begin-push-pull';
      readonly streamId: StreamId;
      readonly to: Address;
      readonly intent: 'join' | 'sync';
      /** How long the peer may take. Default: the stream timeout. */
      readonly timeoutMs?: number;
    }
  /** Ask whether a lost member is at its last address; if it is, exchange state with it. */
  | { readonly type: 'reconnect-ping'; readonly name: string; readonly to: Address }
  /** Exchange state with a failed member, if it is the one that answers at its last address. */
  | { readonly type: 'reconnect'; readonly name: string; readonly to: Address }
  /** Announce our departure; a `broadcast-done` with this ticket follows. */
  | { readonly type: 'leave'; readonly broadcastId: BroadcastId }
  /** Replace our meta; a `broadcast-done` with this ticket follows. */
  | { readonly type: 'set-meta'; readonly broadcastId: BroadcastId; readonly meta: Uint8Array };

/** What the failure detector learned and the layer above has to know. */
export type SwimUpdate =
  | { readonly type: 'member-up'; readonly member: SwimMemberView }
  | { readonly type: 'member-changed'; readonly member: SwimMemberView }
  | { readonly type: 'member-down'; readonly member: SwimMemberView }
  | {
      readonly type: 'conflict';
      readonly name: string;
      readonly existing: Address;
      readonly claimed: Address;
    }
  /** A member answered our ping directly and in time; what its ack carried is for the layer above. */
  | {
      readonly type: 'probe-answered';
      readonly name: string;
      readonly rttMs: number;
      readonly payload: Uint8Array;
    }
  /** A message of the layer above arrived. */
  | { readonly type: 'user-message'; readonly payload: Uint8Array; readonly from: Address };

/** Everything the failure detector asks of its surroundings. */
export type SwimEffect =
  /** One datagram made of encoded messages, in this order. `crc` when the receiver understands checksums. */
  | {
      readonly type: 'send';
      readonly to: Address;
      readonly parts: readonly Uint8Array[];
      readonly crc: boolean;
    }
  | {
      readonly type: 'stream-ping';
      readonly streamId: StreamId;
      readonly to: Address;
      readonly ping: Ping;
      readonly timeoutMs: number;
    }
  | {
      readonly type: 'push-pull';
      readonly streamId: StreamId;
      readonly to: Address;
      readonly state: PushPull;
      readonly timeoutMs: number;
    }
  /** Write this on the stream that asked, then finish it. */
  | {
      readonly type: 'stream-reply';
      readonly streamId: PeerStreamId;
      readonly message: PushPull | Ack | StreamFault;
    }
  /** Close the stream that asked, without an answer. */
  | { readonly type: 'stream-close'; readonly streamId: PeerStreamId }
  /** An exchange is over; `refusal` tells why it changed nothing here, `answer` what the peer says of us. */
  | {
      readonly type: 'push-pull-done';
      readonly streamId: StreamId;
      readonly refusal: string | undefined;
      readonly answer: AnswerAboutUs & { readonly reach: OwnReach };
    }
  | { readonly type: 'push-pull-failed'; readonly streamId: StreamId; readonly failure: StreamFailure }
  /** A broadcast that somebody waits for has been sent often enough, or was replaced. */
  | { readonly type: 'broadcast-done'; readonly broadcastId: BroadcastId }
  | SwimUpdate
  /** The layer above's part of a push/pull. */
  | { readonly type: 'user-state'; readonly payload: Uint8Array; readonly join: boolean }
  | Note;

/** A decision worth telling; the driver logs it. Fields hold peer-supplied text under their own names only. */
export interface Note {
  readonly type: 'note';
  readonly level: 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** What the layer above gives to the failure detector when it is asked. */
export interface SwimDelegate {
  /** Whether `takeBroadcasts` has anything to give. */
  hasBroadcasts(): boolean;
  /** The length of all messages that are queued and that may come in bursts. */
  waitingBytes(): number;
  /**
   * Messages to piggyback: each costs `overheadBytes` plus its length, all of them at most `limitBytes`,
   * no more than `countMax`. Being taken counts as a transmission.
   */
  takeBroadcasts(
    overheadBytes: number,
    limitBytes: number,
    nowMs: number,
    countMax: number,
  ): readonly Uint8Array[];
  /** Our part of a push/pull, type byte included. */
  localState(join: boolean): Uint8Array;
  /** What an ack carries when we answer a ping directly over UDP; empty for nothing. */
  ackPayload(): Uint8Array;
}

/** A member that a peer announces; asked about before it is believed. */
export interface SwimCandidate {
  readonly name: string;
  readonly address: Address;
  readonly meta: Uint8Array;
  readonly versions: Versions;
  readonly state: NodeStateName;
}

/** Everything the failure detector must know at birth. No field is optional that has a protocol default. */
export interface SwimConfig {
  readonly name: string;
  /** What we announce; `addr` is the same host in bytes. */
  readonly address: Address;
  readonly addr: Uint8Array;
  readonly meta: Uint8Array;
  readonly versions: Versions;
  /**
   * Our last incarnation in an earlier life, when it is known. We begin above it, so that those who remember
   * us need not be contradicted first (gossip.md 8.10).
   */
  readonly lastIncarnation?: number;
  readonly timing: GossipTiming;
  /** What a datagram may hold after label, encryption and checksum have taken their share. */
  readonly packetBudgetBytes: number;
  /** Why these candidates may not be members; undefined admits them all. */
  readonly refuse: (candidates: readonly SwimCandidate[]) => string | undefined;
  /** Whether members at this host are allowed at all. */
  readonly allowsHost: (host: string) => boolean;
  /** Turns Lifeguard's buddy system off, to measure what it is worth. Absent in any real pool. */
  readonly buddySystem?: 'off';
  /** Turns some of what we do beyond memberlist off, to prove that it is needed. Absent in any real pool. */
  readonly disabledExtensions?: ReadonlySet<Extension>;
}

/**
 * What we do beyond memberlist against a harm: seek the lost and be found by their pings; tell members of outdated
 * claims about them; look who is where before a name moves; put off what fell due while we were late; carry news by
 * streams where datagrams are lost; hear a suspect before the verdict, and answer who accuses us; exchange state once
 * more after a burst of newcomers; exchange it only with whoever answers to the member's name; believe a death only
 * after a check of our own or from two.
 */
export const extensions = [
  'reconnect-pings',
  'corrections',
  'address-checks',
  'stall-compensation',
  'push-pull-fallback',
  'suspicion-notices',
  'mass-join-push-pull',
  'named-push-pulls',
  'second-confirmation',
] as const;
export type Extension = (typeof extensions)[number];
