import { refusalBy } from './admission.ts';
import type { GossipEvent } from './events.ts';
import { type BroadcastId, IdSequence, type StreamId } from './ids.ts';
import { LeaveSequence, type LeaveStep } from './leave-sequence.ts';
import type { AdmissionPolicy } from './options.ts';
import type { Rng } from './ports.ts';
import { inOrderOfSending } from './serf/ordered-queue.ts';
import { Serf } from './serf/serf.ts';
import type { MessagingInput, SerfConfig, SerfEffect, SerfInput } from './serf/types.ts';
import { Deadlines } from './swim/deadlines.ts';
import { Swim } from './swim/swim.ts';
import type { Note, SwimConfig, SwimEffect, SwimInput } from './swim/types.ts';
import { encodeUserMessage } from './wire/swim-codec.ts';
import type { Alive } from './wire/swim-messages.ts';

/** Everything that can happen to a member of a pool: what the network brings, and what its owner asks. */
export type CoreInput =
  | Exclude<
      SwimInput,
      { readonly type: 'leave' | 'set-meta' | 'reconnect-ping' | 'reconnect' | 'begin-push-pull' }
    >
  | (Extract<SwimInput, { readonly type: 'begin-push-pull' }> & {
      /** Do not tell the user events that the peer remembers. */
      readonly ignoreOldEvents?: boolean;
    })
  | MessagingInput
  /** A join reached somebody: tell the pool. */
  | { readonly type: 'announce-join' }
  /** A `left` follows. */
  | { readonly type: 'leave' }
  /** A `settled` with this ticket follows each of these. */
  | { readonly type: 'set-tags'; readonly broadcastId: BroadcastId; readonly meta: Uint8Array }
  | {
      readonly type: 'force-leave';
      readonly broadcastId: BroadcastId;
      readonly name: string;
      readonly prune: boolean;
    };

/** Everything the core asks of its driver. */
export type CoreEffect =
  | Extract<
      SwimEffect,
      {
        readonly type:
          | 'send'
          | 'stream-ping'
          | 'push-pull'
          | 'stream-reply'
          | 'stream-close'
          | 'push-pull-done'
          | 'push-pull-failed';
      }
    >
  | Extract<
      SerfEffect,
      {
        readonly type: 'query' | 'query-answer' | 'query-over' | 'change-keys' | 'load-expressions';
      }
    >
  | { readonly type: 'event'; readonly event: GossipEvent }
  /** What the owner asked for is out, or the time for it is over. */
  | { readonly type: 'settled'; readonly broadcastId: BroadcastId; readonly outcome: 'done' | 'timed-out' }
  /** The pool has had time to hear that we left. */
  | { readonly type: 'left' }
  | Note;

/** What the core must know at birth. */
export interface CoreConfig {
  readonly swim: Omit<SwimConfig, 'refuse'>;
  readonly serf: Omit<SerfConfig, 'isSuspect'>;
  readonly admission: AdmissionPolicy | undefined;
}

/** One may be over as soon as it begins. */
const leavePhasesCount = 3;

/**
 * Swim and Serf joined into the one machine that the driver steps. Pure: time comes in as an argument,
 * randomness through `rng`, and everything else goes out as effects, in the order they are to be done.
 */
export class Core {
  readonly name: string;
  readonly #swim: Swim;
  readonly #serf: Serf;
  readonly #leave: LeaveSequence;
  /** When to stop waiting for what the owner asked. */
  readonly #waiting = new Deadlines<BroadcastId>();
  readonly #broadcastTimeoutMs: number;
  /** Exchanges of ours whose answer may bring events that we do not want. */
  readonly #ignoringOld = new Set<number>();
  #ignoreOldEvents = false;
  /** The longest message that a packet can gossip. */
  readonly messageBytesMax: number;
  readonly #broadcastIds = new IdSequence<BroadcastId>();
  /** Odd numbers: the failure detector takes the even ones for the streams that it opens itself. */
  readonly #streamIds = new IdSequence<StreamId>({ first: 1, step: 2 });
  #nowMs = 0;
  #effects: CoreEffect[] = [];

  constructor({ swim, serf, admission }: CoreConfig, rng: Rng) {
    this.name = swim.name;
    this.#serf = new Serf(
      { ...serf, isSuspect: (name) => this.#swim.member(name)?.state === 'suspect' },
      rng,
    );
    this.#swim = new Swim({ ...swim, refuse: refusalBy(admission) }, this.#serf, rng);
    this.messageBytesMax = serf.messageBytesMax;
    this.#broadcastTimeoutMs = swim.timing.broadcastTimeoutMs;
    this.#leave = new LeaveSequence(swim.timing);
  }

  /** What may be read of the failure detector. */
  get swim(): Pick<Swim, 'healthScore' | 'udpBlocked' | 'queueDepth' | 'member' | 'hasLivePeers'> {
    return this.#swim;
  }

  /** What may be read of the Serf layer. */
  get serf(): Omit<
    Serf,
    | 'step'
    | 'nextDeadlineMs'
    | 'hasBroadcasts'
    | 'waitingBytes'
    | 'takeBroadcasts'
    | 'localState'
    | 'ackPayload'
    | 'drainFinished'
  > {
    return this.#serf;
  }

  /** A new id for a broadcast that the owner waits for. */
  newBroadcastId(): BroadcastId {
    return this.#broadcastIds.next();
  }

  /** A new id for a push/pull that the owner begins. */
  newStreamId(): StreamId {
    return this.#streamIds.next();
  }

  nextDeadlineMs(): number | undefined {
    const times = [
      this.#swim.nextDeadlineMs(),
      this.#serf.nextDeadlineMs(),
      this.#leave.nextDeadlineMs(),
      this.#waiting.nextMs(),
    ].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Takes one input at a time that never goes backwards; returns what is to be done about it, in order. */
  step(input: CoreInput, nowMs: number): readonly CoreEffect[] {
    this.#nowMs = nowMs;
    switch (input.type) {
      case 'announce-join':
      case 'user-event':
      case 'ask':
      case 'end-query':
      case 'respond':
      case 'keys-changed':
      case 'expressions-loaded':
        this.#runSerf(input);
        break;
      case 'leave':
        this.#follow(this.#leave.begin(this.newBroadcastId(), nowMs));
        break;
      case 'set-tags':
        this.#waiting.set(input.broadcastId, nowMs + this.#broadcastTimeoutMs);
        this.#runSwim({ type: 'set-meta', broadcastId: input.broadcastId, meta: input.meta });
        break;
      case 'force-leave':
        this.#waiting.set(input.broadcastId, nowMs + this.#broadcastTimeoutMs);
        this.#runSerf(input);
        break;
      case 'deadline':
        this.#actOnDeadlines();
        break;
      case 'packet':
        this.#runSwim({ ...input, messages: inOrderOfSending(input.messages) });
        break;
      case 'begin-push-pull':
        if (input.ignoreOldEvents) this.#ignoringOld.add(input.streamId);
        this.#runSwim(input);
        break;
      case 'push-pull-reply':
      case 'push-pull-failed':
        this.#ignoreOldEvents = this.#ignoringOld.delete(input.streamId);
        this.#runSwim(input);
        this.#ignoreOldEvents = false;
        break;
      default:
        this.#runSwim(input);
    }
    if (this.#leave.isUnderWay) this.#hurryLeave();
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Takes members in as if we had known them for long: no event tells of them. For simulations. */
  preload(members: readonly Alive[], nowMs: number): void {
    this.#nowMs = nowMs;
    for (const effect of this.#swim.preload(members, nowMs)) this.#onSwimEffect(effect);
    this.#effects = [];
  }

  #actOnDeadlines(): void {
    this.#runSwim({ type: 'deadline' });
    this.#runSerf({ type: 'deadline' });
    this.#follow(this.#leave.expire(() => this.newBroadcastId(), this.#nowMs));
    for (let due = this.#nextOverdue(); due !== undefined; due = this.#nextOverdue()) {
      this.#effects.push({ type: 'settled', broadcastId: due, outcome: 'timed-out' });
    }
  }

  #nextOverdue(): BroadcastId | undefined {
    return this.#waiting.takeNextDue(this.#nowMs);
  }

  #runSwim(input: SwimInput): void {
    for (const effect of this.#swim.step(input, this.#nowMs)) this.#onSwimEffect(effect);
    for (const broadcastId of this.#serf.drainFinished()) this.#finished(broadcastId);
  }

  #runSerf(input: SerfInput): void {
    for (const effect of this.#serf.step(input, this.#nowMs)) this.#onSerfEffect(effect);
  }

  #onSwimEffect(effect: SwimEffect): void {
    switch (effect.type) {
      case 'member-up':
      case 'member-changed':
      case 'member-down':
      case 'conflict':
      case 'probe-answered':
      case 'user-message':
        this.#runSerf(effect);
        return;
      case 'user-state':
        this.#runSerf({ ...effect, ignoreOldEvents: this.#ignoreOldEvents });
        return;
      case 'broadcast-done':
        this.#finished(effect.broadcastId);
        return;
      default:
        this.#effects.push(effect);
    }
  }

  #onSerfEffect(effect: SerfEffect): void {
    switch (effect.type) {
      case 'reconnect':
      case 'reconnect-ping':
        this.#runSwim(effect);
        return;
      case 'send-user': {
        const parts = [encodeUserMessage(effect.payload)];
        this.#effects.push({ type: 'send', to: effect.to, parts, crc: false });
        return;
      }
      case 'broadcast-done':
        this.#finished(effect.broadcastId);
        return;
      default:
        this.#effects.push(effect);
    }
  }

  /** A broadcast that was waited for is out: the departure goes on, or the owner is told. */
  #finished(broadcastId: BroadcastId): void {
    if (this.#waiting.has(broadcastId)) {
      this.#waiting.clear(broadcastId);
      this.#effects.push({ type: 'settled', broadcastId, outcome: 'done' });
      return;
    }
    this.#follow(this.#leave.told(broadcastId, () => this.newBroadcastId(), this.#nowMs));
  }

  /** Who leaves with all others has nobody to wait for. */
  #hurryLeave(): void {
    const peers = { areUp: this.#swim.hasLivePeers, stay: this.#serf.hasStayingPeers };
    for (let phase = 0; phase < leavePhasesCount; phase += 1) {
      this.#follow(this.#leave.hurry(peers, () => this.newBroadcastId(), this.#nowMs));
    }
  }

  #follow(step: LeaveStep | undefined): void {
    if (step === undefined) return;
    if (step.type === 'left') {
      this.#runSerf({ type: 'left' });
      this.#effects.push(step);
    } else if (step.layer === 'serf') this.#runSerf({ type: 'leave', broadcastId: step.broadcastId });
    else this.#runSwim({ type: 'leave', broadcastId: step.broadcastId });
  }
}
