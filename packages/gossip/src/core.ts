import { refusalBy } from './admission.ts';
import { Deadlines } from './collections/deadlines.ts';
import type { GossipEvent } from './events.ts';
import { type BroadcastId, IdSequence, type StreamId } from './ids.ts';
import { LeaveSequence, type LeaveStep } from './leave-sequence.ts';
import type { AdmissionPolicy } from './options/options.ts';
import type { Rng } from './ports.ts';
import { inOrderOfSending } from './serf/ordered-queue.ts';
import { Serf } from './serf/serf.ts';
import type { MessagingInput, SerfConfig, SerfEffect, SerfInput } from './serf/types.ts';
import { Swim } from './swim/swim.ts';
import type { Note, SwimConfig, SwimEffect, SwimInput } from './swim/types.ts';
import { encodeUserMessage } from './wire/swim-codec.ts';
import type { Alive } from './wire/swim-messages.ts';

/** The inputs of a member: received packets and streams, deadlines, and requests of the application. */
export type CoreInput =
  | Exclude<
      SwimInput,
      { readonly type: 'leave' | 'set-meta' | 'reconnect-ping' | 'reconnect' | 'begin-push-pull' }
    >
  | (Extract<SwimInput, { readonly type: 'begin-push-pull' }> & {
      /** Whether to ignore the user events in the peer's state. */
      readonly ignoreOldEvents?: boolean;
    })
  | MessagingInput
  /** A join reached a member: broadcast a join intent. */
  | { readonly type: 'announce-join' }
  /** Leave the pool. A `left` follows. */
  | { readonly type: 'leave' }
  /** A `settled` with this id follows each of these. */
  | { readonly type: 'set-tags'; readonly broadcastId: BroadcastId; readonly meta: Uint8Array }
  | {
      readonly type: 'force-leave';
      readonly broadcastId: BroadcastId;
      readonly name: string;
      readonly prune: boolean;
    };

/** The effects that the driver performs. */
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
  /** The broadcast of a request is done, or its timeout has passed. */
  | { readonly type: 'settled'; readonly broadcastId: BroadcastId; readonly outcome: 'done' | 'timed-out' }
  /** The leave is over: its broadcasts had time to propagate. */
  | { readonly type: 'left' }
  | Note;

/** The configuration of the core. */
export interface CoreConfig {
  readonly swim: Omit<SwimConfig, 'refusalOf'>;
  readonly serf: Omit<SerfConfig, 'isSuspect'>;
  readonly admission: AdmissionPolicy | undefined;
}

/** The phases of a leave, each of which may end as soon as it begins. */
const leavePhasesCount = 3;

/**
 * Swim and Serf as the one state machine that the driver steps. It is pure: time is an argument, randomness comes
 * from `rng`, and all else is an effect for the driver.
 */
export class Core {
  readonly name: string;
  readonly #swim: Swim;
  readonly #serf: Serf;
  readonly #leave: LeaveSequence;
  /** The timeouts of the broadcasts that the application waits for. */
  readonly #awaitedBroadcasts = new Deadlines<BroadcastId>();
  readonly #broadcastTimeoutMs: number;
  /** Push/pulls of ours whose reply contains user events to ignore. */
  readonly #streamsIgnoringOldEvents = new Set<StreamId>();
  #ignoreOldEvents = false;
  /** The longest message that fits into a packet of gossip. Bytes. */
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
    this.#swim = new Swim({ ...swim, refusalOf: refusalBy(admission) }, this.#serf, rng);
    this.messageBytesMax = serf.messageBytesMax;
    this.#broadcastTimeoutMs = swim.timing.broadcastTimeoutMs;
    this.#leave = new LeaveSequence(swim.timing);
  }

  /** The readable part of the failure detector. */
  get swim(): Pick<Swim, 'healthScore' | 'udpBlocked' | 'queueDepth' | 'member' | 'hasLivePeers'> {
    return this.#swim;
  }

  /** The readable part of the Serf layer. */
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

  /** A new id for a broadcast that the application waits for. */
  newBroadcastId(): BroadcastId {
    return this.#broadcastIds.next();
  }

  /** A new id for a push/pull that the application begins. */
  newStreamId(): StreamId {
    return this.#streamIds.next();
  }

  nextDeadlineMs(): number | undefined {
    const times = [
      this.#swim.nextDeadlineMs(),
      this.#serf.nextDeadlineMs(),
      this.#leave.nextDeadlineMs(),
      this.#awaitedBroadcasts.nextMs(),
    ].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Handles one input and returns the effects to perform, in order. `nowMs` must never go back. */
  step(input: CoreInput, nowMs: number): readonly CoreEffect[] {
    this.#nowMs = nowMs;
    switch (input.type) {
      case 'announce-join':
      case 'user-event':
      case 'send-query':
      case 'end-query':
      case 'respond':
      case 'keys-changed':
      case 'expressions-loaded':
        this.#runSerf(input);
        break;
      case 'leave':
        this.#runLeaveStep(this.#leave.begin(this.newBroadcastId(), nowMs));
        break;
      case 'set-tags':
        this.#awaitedBroadcasts.set(input.broadcastId, nowMs + this.#broadcastTimeoutMs);
        this.#runSwim({ type: 'set-meta', broadcastId: input.broadcastId, meta: input.meta });
        break;
      case 'force-leave':
        this.#awaitedBroadcasts.set(input.broadcastId, nowMs + this.#broadcastTimeoutMs);
        this.#runSerf(input);
        break;
      case 'deadline':
        this.#onDeadline();
        break;
      case 'packet':
        this.#runSwim({ ...input, messages: inOrderOfSending(input.messages) });
        break;
      case 'begin-push-pull':
        if (input.ignoreOldEvents) this.#streamsIgnoringOldEvents.add(input.streamId);
        this.#runSwim(input);
        break;
      case 'push-pull-reply':
      case 'push-pull-failed':
        this.#ignoreOldEvents = this.#streamsIgnoringOldEvents.delete(input.streamId);
        this.#runSwim(input);
        this.#ignoreOldEvents = false;
        break;
      default:
        this.#runSwim(input);
    }
    if (this.#leave.isUnderWay) this.#shortenLeave();
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Adds members without events, as if known for long. For simulations. */
  preload(members: readonly Alive[], nowMs: number): void {
    this.#nowMs = nowMs;
    for (const effect of this.#swim.preload(members, nowMs)) this.#onSwimEffect(effect);
    this.#effects = [];
  }

  #onDeadline(): void {
    this.#runSwim({ type: 'deadline' });
    this.#runSerf({ type: 'deadline' });
    this.#runLeaveStep(this.#leave.expire(() => this.newBroadcastId(), this.#nowMs));
    for (let id = this.#nextTimedOut(); id !== undefined; id = this.#nextTimedOut()) {
      this.#effects.push({ type: 'settled', broadcastId: id, outcome: 'timed-out' });
    }
  }

  #nextTimedOut(): BroadcastId | undefined {
    return this.#awaitedBroadcasts.takeNextDue(this.#nowMs);
  }

  #runSwim(input: SwimInput): void {
    for (const effect of this.#swim.step(input, this.#nowMs)) this.#onSwimEffect(effect);
    for (const broadcastId of this.#serf.drainFinished()) this.#onBroadcastDone(broadcastId);
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
        this.#onBroadcastDone(effect.broadcastId);
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
        this.#onBroadcastDone(effect.broadcastId);
        return;
      default:
        this.#effects.push(effect);
    }
  }

  /** A broadcast is done: reports it to the application, or ends a phase of the leave. */
  #onBroadcastDone(broadcastId: BroadcastId): void {
    if (this.#awaitedBroadcasts.has(broadcastId)) {
      this.#awaitedBroadcasts.clear(broadcastId);
      this.#effects.push({ type: 'settled', broadcastId, outcome: 'done' });
      return;
    }
    this.#runLeaveStep(this.#leave.broadcastDone(broadcastId, () => this.newBroadcastId(), this.#nowMs));
  }

  /** Shortens the leave when no peer is up or all peers leave too. */
  #shortenLeave(): void {
    const peers = { hasLivePeers: this.#swim.hasLivePeers, hasStayingPeers: this.#serf.hasStayingPeers };
    for (let phase = 0; phase < leavePhasesCount; phase += 1) {
      this.#runLeaveStep(this.#leave.shorten(peers, () => this.newBroadcastId(), this.#nowMs));
    }
  }

  #runLeaveStep(step: LeaveStep | undefined): void {
    if (step === undefined) return;
    if (step.type === 'left') {
      this.#runSerf({ type: 'left' });
      this.#effects.push(step);
    } else if (step.layer === 'serf') this.#runSerf({ type: 'leave', broadcastId: step.broadcastId });
    else this.#runSwim({ type: 'leave', broadcastId: step.broadcastId });
  }
}
