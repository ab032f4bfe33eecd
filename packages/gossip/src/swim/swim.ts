import type { StreamId } from '../ids.ts';
import type { Rng } from '../ports.ts';
import type { Address } from '../wire/address.ts';
import type { Ack, Alive, PacketMessage } from '../wire/swim-messages.ts';
import { isDenial } from './addresses/address-checks.ts';
import {
  addressCheckAcked,
  addressCheckStreamEnded,
  addressCheckTimedOut,
} from './addresses/address-conflicts.ts';
import { type Deadline, gossipTick, probeTick, pushPullTick } from './deadline-kinds.ts';
import { gossip } from './gossip/gossip-round.ts';
import { announceDeparture, announceMeta, hasLivePeers } from './gossip/local-broadcasts.ts';
import { announceOurselves, applyAlive } from './members/alive.ts';
import { viewOf } from './members/member-table.ts';
import { answerPing, answerStreamPing } from './probing/answer-pings.ts';
import { beginRelay, relayAck, relayTimedOut } from './probing/indirect-pings.ts';
import {
  namedPingAcked,
  namedPingStreamAcked,
  namedPingStreamFailed,
  namedPingTimedOut,
} from './probing/named-ping-answers.ts';
import {
  advanceProbe,
  probeAcked,
  probeNacked,
  probeNext,
  probeStreamAcked,
  probeStreamDenied,
  probeUnsendable,
  watchProbe,
} from './probing/probe.ts';
import { beginRandomPushPull } from './push-pull/named-push-pull.ts';
import { beginPushPull, pushPullIntervalMs } from './push-pull/push-pull.ts';
import { answerPushPull, finishPushPull } from './push-pull/push-pull-answers.ts';
import { checkOwnReach, continueOwnReachCheck } from './reach/own-reach-check.ts';
import type { UdpBlockedPeer } from './reach/udp-paths.ts';
import { continueResync, reconnect, sendReconnectPing } from './reconnect/reconnect.ts';
import { postponeAfterStall } from './stall.ts';
import { SwimState } from './state.ts';
import { applyDead, checkSuspicion } from './suspicion/dead.ts';
import { answerOutdatedClaims, reachedByOthers } from './suspicion/refute.ts';
import { applySuspect } from './suspicion/suspect.ts';
import type {
  StreamFailure,
  SwimConfig,
  SwimDelegate,
  SwimEffect,
  SwimInput,
  SwimMemberView,
} from './types.ts';

/**
 * The SWIM failure detector with Lifeguard, as memberlist runs it: one `step`, one `nextDeadlineMs`,
 * and no rules of its own. It never reads a clock, opens a socket or throws on what a peer sent.
 *
 * The folder has four layers, and imports go one way only: parts that know only themselves (tables, suspicion
 * arithmetic, paths), `SwimState` that owns them, rules as functions of the state, and this class.
 */
export class Swim {
  readonly #state: SwimState;

  constructor(config: SwimConfig, delegate: SwimDelegate, rng: Rng) {
    this.#state = new SwimState(config, delegate, rng);
  }

  /** Lifeguard's local health; 0 is healthy. */
  get healthScore(): number {
    return this.#state.awareness.score;
  }

  /** Members that answer, but not by datagrams. */
  get udpBlocked(): readonly UdpBlockedPeer[] {
    return this.#state.udpPaths.blocked;
  }

  get queueDepth(): number {
    return this.#state.queue.depth;
  }

  /** Members of every state, ourselves included. */
  get membersCount(): number {
    return this.#state.table.size;
  }

  /** The failure detector's own view of a member; the layer above may still know one that is forgotten here. */
  member(name: string): SwimMemberView | undefined {
    const member = this.#state.table.get(name);
    return member === undefined ? undefined : viewOf(member);
  }

  /** Whether another member is alive or suspect. */
  get hasLivePeers(): boolean {
    return hasLivePeers(this.#state);
  }

  /** When `step` has to be called with a `deadline` at the latest. Undefined before `start`. */
  nextDeadlineMs(): number | undefined {
    return this.#state.deadlines.nextMs();
  }

  /** Takes one input at a time that never goes backwards; returns the effects to perform, in order. */
  step(input: SwimInput, nowMs: number): readonly SwimEffect[] {
    this.#state.nowMs = nowMs;
    this.#take(input);
    return this.#state.takeEffects();
  }

  /**
   * Adds members as if they had been known for long: nothing is gossiped of them, nor of us.
   * For simulations that begin with a pool which has been running.
   */
  preload(members: readonly Alive[], nowMs: number): readonly SwimEffect[] {
    const state = this.#state;
    state.nowMs = nowMs;
    state.queue.prune(0);
    state.isPreloading = true;
    for (const member of members) applyAlive(state, member);
    state.isPreloading = false;
    return state.takeEffects();
  }

  #take(input: SwimInput): void {
    const state = this.#state;
    switch (input.type) {
      case 'start':
        this.#start();
        break;
      case 'deadline':
        this.#actOnDeadlines();
        break;
      case 'packet':
        state.udpPaths.datagramReceived(input.from);
        for (const message of input.messages) this.#takeMessage(message, input.from);
        answerOutdatedClaims(state, input.messages, input.from);
        break;
      case 'send-failed':
        probeUnsendable(state, input.to);
        break;
      case 'push-pull-request':
        if (input.state.nodes.some(({ name }) => name !== state.config.name)) reachedByOthers(state);
        answerPushPull(state, input.streamId, input.state);
        break;
      case 'push-pull-reply':
        finishPushPull(state, input.streamId, input.state);
        break;
      case 'push-pull-failed':
        checkOwnReach(state, input.streamId, 'no-answer');
        state.emit({ type: 'push-pull-failed', streamId: input.streamId, failure: input.failure });
        break;
      case 'stream-ping-request':
        answerStreamPing(state, input.streamId, input.ping);
        break;
      case 'stream-ping-reply':
        this.#streamPingAcked(input.streamId, input.ack);
        break;
      case 'stream-ping-failed':
        this.#streamPingFailed(input.streamId, input.failure);
        break;
      case 'begin-push-pull':
        if (input.intent === 'join') state.ownReach.joinBegun(input.streamId, input.to);
        beginPushPull(state, input.streamId, input.to, input.intent, input.timeoutMs);
        break;
      case 'reconnect-ping':
        sendReconnectPing(state, input.name, input.to);
        break;
      case 'reconnect':
        reconnect(state, input.name, input.to);
        break;
      case 'leave':
        announceDeparture(state, input.broadcastId);
        break;
      case 'set-meta':
        announceMeta(state, input.meta, input.broadcastId);
        break;
      default:
        input satisfies never;
    }
  }

  /** Every round begins after a random part of its interval, so that members started at once do not send at once. */
  #start(): void {
    const { config, deadlines, nowMs, rng } = this.#state;
    const { probeIntervalMs, gossipIntervalMs, pushPullIntervalMs: pushPullMs } = config.timing;
    announceOurselves(this.#state, config.meta);
    deadlines.set(probeTick, nowMs + rng.next() * probeIntervalMs);
    deadlines.set(gossipTick, nowMs + rng.next() * gossipIntervalMs);
    if (pushPullMs > 0) deadlines.set(pushPullTick, nowMs + rng.next() * pushPullMs);
  }

  #actOnDeadlines(): void {
    const { deadlines, nowMs } = this.#state;
    postponeAfterStall(this.#state);
    for (let due = deadlines.takeNextDue(nowMs); due !== undefined; due = deadlines.takeNextDue(nowMs)) {
      this.#actOn(due);
    }
  }

  #actOn(deadline: Deadline): void {
    const state = this.#state;
    switch (deadline.kind) {
      case 'probe-tick':
        probeNext(state);
        break;
      case 'probe-phase':
        advanceProbe(state);
        break;
      case 'probe-watch':
        watchProbe(state);
        break;
      case 'gossip-tick':
        gossip(state);
        break;
      case 'push-pull-tick':
        this.#pushPull();
        break;
      case 'mass-join-push-pull':
        if (!state.leaving) beginRandomPushPull(state);
        break;
      case 'own-reach-check':
        continueOwnReachCheck(state);
        break;
      case 'suspicion':
        checkSuspicion(state, deadline.name);
        break;
      case 'address-check':
        addressCheckTimedOut(state, deadline.name);
        break;
      case 'resync':
        continueResync(state, deadline.name);
        break;
      case 'relay':
        relayTimedOut(state, deadline.seq);
        break;
      case 'named-ping':
        namedPingTimedOut(state, deadline.seq);
        break;
      default:
        deadline satisfies never;
    }
  }

  #pushPull(): void {
    const { config, deadlines, nowMs, table } = this.#state;
    deadlines.set(pushPullTick, nowMs + pushPullIntervalMs(config.timing.pushPullIntervalMs, table.size));
    beginRandomPushPull(this.#state);
  }

  #takeMessage(message: PacketMessage, from: Address): void {
    const state = this.#state;
    switch (message.type) {
      case 'ping':
        answerPing(state, message, from);
        break;
      case 'indirect-ping':
        beginRelay(state, message, from);
        break;
      case 'ack':
        relayAck(state, message.seq);
        namedPingAcked(state, message.seq);
        addressCheckAcked(state, message.seq);
        probeAcked(state, message, from);
        break;
      case 'nack':
        state.ownReach.check?.nacked(message.seq);
        probeNacked(state, message);
        break;
      case 'alive':
        if (state.config.allowsHost(from.host)) applyAlive(state, message);
        break;
      case 'suspect':
        applySuspect(state, message);
        break;
      case 'dead':
        applyDead(state, message);
        break;
      case 'user':
        state.emit({ type: 'user-message', payload: message.payload, from });
        break;
      default:
        message satisfies never;
    }
  }

  #streamPingAcked(streamId: StreamId, ack: Ack): void {
    addressCheckStreamEnded(this.#state, streamId, 'acked');
    namedPingStreamAcked(this.#state, streamId, ack);
    probeStreamAcked(this.#state, streamId, ack);
  }

  #streamPingFailed(streamId: StreamId, failure: StreamFailure): void {
    const state = this.#state;
    const isDenied = isDenial(failure);
    state.note('debug', 'Failed fallback ping', { reason: failure.reason });
    if (isDenied) addressCheckStreamEnded(state, streamId, 'denied');
    namedPingStreamFailed(state, streamId, failure);
    if (isDenied) probeStreamDenied(state, streamId);
    state.ownReach.check?.streamFailed(streamId);
  }
}
