import type { SeedErrorCode } from '../errors.ts';
import type { BroadcastId, PeerStreamId, StreamId } from '../ids.ts';
import type { GossipTiming } from '../options/options.ts';
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
import type { Extension } from './features.ts';
import type { AnswerAboutUs, OwnReach } from './reach/own-listing.ts';

/** A member as the failure detector knows it; handed to the layer above and out of the core. */
export interface SwimMemberView {
  readonly name: string;
  readonly address: Address;
  readonly meta: Uint8Array;
  readonly versions: Versions;
  readonly state: NodeStateName;
  readonly incarnation: number;
}

/** Why a stream that we opened gave nothing. */
export interface StreamFailure {
  readonly code: SeedErrorCode;
  readonly reason: string;
  /** The operating system's error, when it was one. */
  readonly cause?: Error;
}

/** The outcome of contacting one address. */
export type Contact<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: StreamFailure };

/** Everything that can happen to the failure detector. */
export type SwimInput =
  /** Announce ourselves and start the rounds. */
  | { readonly type: 'start' }
  /** The time of `nextDeadlineMs` has come. */
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
  /** The answer to a push/pull that we began. */
  | { readonly type: 'push-pull-reply'; readonly streamId: StreamId; readonly state: PushPull }
  | { readonly type: 'push-pull-failed'; readonly streamId: StreamId; readonly failure: StreamFailure }
  | { readonly type: 'stream-ping-request'; readonly streamId: PeerStreamId; readonly ping: Ping }
  | { readonly type: 'stream-ping-reply'; readonly streamId: StreamId; readonly ack: Ack }
  | { readonly type: 'stream-ping-failed'; readonly streamId: StreamId; readonly failure: StreamFailure }
  /** Begin a push/pull with an address now, to join or as a member of the pool. `streamId` is odd and new. */
  | {
      readonly type: 'begin-push-pull';
      readonly streamId: StreamId;
      readonly to: Address;
      readonly intent: 'join' | 'sync';
      /** How long the peer may take. Default: the stream timeout. */
      readonly timeoutMs?: number;
    }
  /** Ping a lost member by its name at its last address; if it answers, resync with it. */
  | { readonly type: 'reconnect-ping'; readonly name: string; readonly to: Address }
  /** Begin a push/pull with a failed member, if it answers to its name at its last address. */
  | { readonly type: 'reconnect'; readonly name: string; readonly to: Address }
  /** Announce our departure; a `broadcast-done` with this id follows. */
  | { readonly type: 'leave'; readonly broadcastId: BroadcastId }
  /** Replace our meta; a `broadcast-done` with this id follows. */
  | { readonly type: 'set-meta'; readonly broadcastId: BroadcastId; readonly meta: Uint8Array };

/** What the failure detector reports to the layer above. */
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
  /** A member acked our ping directly and in time; the ack's payload is for the layer above. */
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
  /** A push/pull is over; `refusal` is why it changed nothing here, `answer` what the peer says of us. */
  | {
      readonly type: 'push-pull-done';
      readonly streamId: StreamId;
      readonly refusal: string | undefined;
      readonly answer: AnswerAboutUs & { readonly reach: OwnReach };
    }
  | { readonly type: 'push-pull-failed'; readonly streamId: StreamId; readonly failure: StreamFailure }
  /** A broadcast with this id has been sent often enough, or was replaced. */
  | { readonly type: 'broadcast-done'; readonly broadcastId: BroadcastId }
  | SwimUpdate
  /** The layer above's part of a push/pull. */
  | { readonly type: 'user-state'; readonly payload: Uint8Array; readonly join: boolean }
  | Note;

/** A decision worth a log line. Fields hold peer-supplied text under their own names only. */
export interface Note {
  readonly type: 'note';
  readonly level: 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** What the failure detector asks of the layer above. */
export interface SwimDelegate {
  /** Whether `takeBroadcasts` would return a message. */
  hasBroadcasts(): boolean;
  /** The length of all queued messages that may come in bursts. */
  waitingBytes(): number;
  /**
   * Messages to piggyback: each costs `overheadBytes` plus its length, all of them at most `limitBytes`,
   * at most `countMax` of them. A taken message counts as transmitted.
   */
  takeBroadcasts(
    overheadBytes: number,
    limitBytes: number,
    nowMs: number,
    countMax: number,
  ): readonly Uint8Array[];
  /** Our part of a push/pull, type byte included. */
  localState(join: boolean): Uint8Array;
  /** The payload of the ack with which we answer a ping directly over UDP. */
  ackPayload(): Uint8Array;
}

/** A member that a peer announces, before the admission policy has judged it. */
export interface SwimCandidate {
  readonly name: string;
  readonly address: Address;
  readonly meta: Uint8Array;
  readonly versions: Versions;
  readonly state: NodeStateName;
}

/** The configuration of a failure detector. No field is optional that has a protocol default. */
export interface SwimConfig {
  readonly name: string;
  /** What we announce; `addr` is the same host in bytes. */
  readonly address: Address;
  readonly addr: Uint8Array;
  readonly meta: Uint8Array;
  readonly versions: Versions;
  /**
   * Our last incarnation in an earlier instance, when it is known. We begin above it, so that no peer's outdated claim
   * has to be refuted first (gossip.md 8.10).
   */
  readonly lastIncarnation?: number;
  readonly timing: GossipTiming;
  /** What a datagram may hold after label, encryption and checksum have taken their share. */
  readonly packetBudgetBytes: number;
  /** Why these candidates may not be members; undefined admits them all. */
  readonly refusalOf: (candidates: readonly SwimCandidate[]) => string | undefined;
  /** Whether members at this host are allowed at all. */
  readonly allowsHost: (host: string) => boolean;
  /** Turns Lifeguard's buddy system off, to measure its worth. Absent in any real pool. */
  readonly buddySystem?: 'off';
  /** Extensions that are off, to prove that they are needed. Absent in any real pool. */
  readonly disabledExtensions?: ReadonlySet<Extension>;
}
