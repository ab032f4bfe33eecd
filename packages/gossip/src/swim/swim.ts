import type { PeerStreamId, StreamId } from '../ids.ts';
import type { Rng } from '../ports.ts';
import type { Address } from '../wire/address.ts';
import { sameAddress } from '../wire/address.ts';
import type { Ack, Alive, PacketMessage, Ping } from '../wire/swim-messages.ts';
import { isDenial } from './address-check.ts';
import { announceOurselves, applyAlive } from './alive.ts';
import { gossip, nextRoundMs } from './gossip-round.ts';
import { announceDeparture, announceMeta, hasLivePeers } from './local-broadcasts.ts';
import { viewOf } from './member-table.ts';
import { MisdirectedPings } from './misdirected-pings.ts';
import { beginPeriodicPushPull } from './named-push-pull.ts';
import {
  advanceProbe,
  beginProbe,
  type Probe,
  postponeProbe,
  probeAcked,
  probeNacked,
  probeUnsendable,
  watchProbe,
} from './probe.ts';
import { beginPushPull, pushPullIntervalMs } from './push-pull.ts';
import { answerPushPull, finishPushPull } from './push-pull-answers.ts';
import { ReconnectPings } from './reconnect-pings.ts';
import { answerAccuser, othersReachUs } from './refute.ts';
import { Relays, relayOfKey } from './relays.ts';
import { SwimState } from './state.ts';
import { suspectedOfKey } from './suspect-pings.ts';
import { applyDead, applySuspect, lookAtSuspicion, postponeSuspicions } from './suspects.ts';
import type {
  StreamFailure,
  SwimConfig,
  SwimDelegate,
  SwimEffect,
  SwimInput,
  SwimMemberView,
} from './types.ts';
import type { UdpBlockedPeer } from './udp-paths.ts';

/**
 * The SWIM failure detector with Lifeguard, as memberlist runs it: one `step`, one `nextDeadlineMs`,
 * and no rules of its own. It never reads a clock, opens a socket or throws on what a peer sent.
 */
export class Swim {
  readonly #state: SwimState;
  readonly #relays = new Relays();
  readonly #reconnectPings = new ReconnectPings();
  readonly #misdirected = new MisdirectedPings();
  #probe: Probe | undefined;

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

  /** Whether anybody else is alive or suspect. */
  get hasLivePeers(): boolean {
    return hasLivePeers(this.#state);
  }

  /** When `step` wants to be called with a `deadline` at the latest. Undefined before `start`. */
  nextDeadlineMs(): number | undefined {
    return this.#state.deadlines.nextMs();
  }

  /** Takes one input at a time that never goes backwards; returns what is to be done about it, in order. */
  step(input: SwimInput, nowMs: number): readonly SwimEffect[] {
    this.#state.nowMs = nowMs;
    this.#take(input);
    return this.#state.takeEffects();
  }

  /**
   * Takes members in as if we had known them for long: nobody is told of them, nor of us, through gossip.
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
        return;
      case 'deadline':
        this.#actOnDeadlines();
        return;
      case 'packet':
        state.udpPaths.heard(input.from);
        for (const message of input.messages) this.#takeMessage(message, input.from);
        answerAccuser(state, input.messages, input.from);
        return;
      case 'send-failed':
        this.#sendFailed(input.to);
        return;
      case 'push-pull-request':
        if (input.state.nodes.some(({ name }) => name !== state.config.name)) othersReachUs(state);
        answerPushPull(state, input.streamId, input.state);
        return;
      case 'push-pull-reply':
        finishPushPull(state, input.streamId, input.state);
        return;
      case 'push-pull-failed':
        state.ownReach.joined(state, input.streamId, 'nobody');
        state.emit({ type: 'push-pull-failed', streamId: input.streamId, failure: input.failure });
        return;
      case 'stream-ping-request':
        this.#answerStreamPing(input.streamId, input.ping);
        return;
      case 'stream-ping-reply':
        this.#streamPingAnswered(input.streamId, input.ack);
        return;
      case 'stream-ping-failed':
        this.#streamPingFailed(input.streamId, input.failure);
        state.ownReach.streamFailed(input.streamId);
        return;
      case 'begin-push-pull':
        if (input.intent === 'join') state.ownReach.joining(input.streamId, input.to);
        beginPushPull(state, input.streamId, input.to, input.intent, input.timeoutMs);
        return;
      case 'reconnect-ping':
        this.#reconnectPings.reconnectPing(state, input.name, input.to);
        return;
      case 'reconnect':
        this.#reconnectPings.reconnect(state, input.name, input.to);
        return;
      case 'leave':
        announceDeparture(state, input.broadcastId);
        return;
      case 'set-meta':
        announceMeta(state, input.meta, input.broadcastId);
        return;
    }
  }

  /** Every round begins after a random part of its interval, so that a pool started at once does not beat as one. */
  #start(): void {
    const { config, deadlines, nowMs, rng } = this.#state;
    const { probeIntervalMs, gossipIntervalMs, pushPullIntervalMs: pushPullMs } = config.timing;
    announceOurselves(this.#state, config.meta);
    deadlines.set('probe-tick', nowMs + rng.next() * probeIntervalMs);
    deadlines.set('gossip-tick', nowMs + rng.next() * gossipIntervalMs);
    if (pushPullMs > 0) deadlines.set('push-pull-tick', nowMs + rng.next() * pushPullMs);
  }

  #actOnDeadlines(): void {
    const { config, deadlines, nowMs } = this.#state;
    const lateMs = nowMs - (deadlines.nextMs() ?? nowMs);
    if (lateMs > config.timing.probeTimeoutMs * lateShare) this.#makeUpForLateness(lateMs);
    for (let key = deadlines.takeNextDue(nowMs); key !== undefined; key = deadlines.takeNextDue(nowMs)) {
      this.#actOn(key);
    }
  }

  /**
   * We were late: a suspended machine, a blocked event loop, too little CPU. Answers and refutations wait
   * unread, and it is we who are not well. Whatever was to be held against others waits as long as we were
   * deaf; after a stall, longer than we give a peer to answer, one probe timeout more in which to hear them
   * (gossip.md 8.18).
   */
  #makeUpForLateness(lateMs: number): void {
    const state = this.#state;
    if (state.config.disabledExtensions?.has('stall-compensation')) return;
    const { probeTimeoutMs } = state.config.timing;
    const isStall = lateMs > probeTimeoutMs;
    const byMs = isStall ? lateMs + probeTimeoutMs : lateMs;
    if (isStall) {
      state.note('warn', 'this process stood still; what was due meanwhile is put off', {
        lateMs: Math.round(lateMs),
      });
    }
    state.wasLate({ isStall });
    if (this.#probe !== undefined) this.#probe = postponeProbe(this.#probe, byMs);
    postponeSuspicions(state, byMs);
    state.deadlines.postpone(byMs, (key) => !roundKeys.has(key));
  }

  #actOn(key: string): void {
    const state = this.#state;
    const { timing } = state.config;
    switch (key) {
      case 'probe-tick':
        state.deadlines.set(key, state.nowMs + timing.probeIntervalMs);
        this.#probeTick();
        return;
      case 'probe-phase':
        if (this.#probe !== undefined) this.#probe = advanceProbe(state, this.#probe);
        return;
      case 'probe-watch':
        if (this.#probe !== undefined) this.#probe = watchProbe(state, this.#probe);
        return;
      case 'gossip-tick':
        gossip(state);
        state.deadlines.set(key, state.nowMs + nextRoundMs(state));
        return;
      case 'push-pull-tick':
        state.deadlines.set(
          key,
          state.nowMs + pushPullIntervalMs(timing.pushPullIntervalMs, state.table.size),
        );
        beginPeriodicPushPull(state);
        return;
    }
    const { addressChecks, massJoin, namedPings, ownReach } = state;
    if (this.#reconnectPings.expired(state, key) || addressChecks.expired(state, key)) return;
    if (massJoin.expired(state, key) || namedPings.expired(state, key) || ownReach.expired(state, key))
      return;
    const relay = relayOfKey(key);
    if (relay !== undefined) {
      this.#relays.expired(state, relay);
      return;
    }
    const suspected = suspectedOfKey(key);
    if (suspected !== undefined) lookAtSuspicion(state, suspected);
  }

  /** A round that overruns its interval swallows the ticks meanwhile. */
  #probeTick(): void {
    if (this.#probe !== undefined && this.#probe.endAtMs <= this.#state.nowMs) {
      this.#probe = advanceProbe(this.#state, this.#probe);
    }
    if (this.#probe === undefined) this.#probe = beginProbe(this.#state);
  }

  #takeMessage(message: PacketMessage, from: Address): void {
    const state = this.#state;
    switch (message.type) {
      case 'ping':
        this.#answerPing(message, from);
        return;
      case 'indirect-ping':
        this.#relays.begin(state, message, from);
        return;
      case 'ack':
        this.#relays.acked(state, message.seq);
        state.namedPings.acked(state, message.seq);
        state.addressChecks.acked(state, message.seq);
        if (this.#probe !== undefined) this.#probe = probeAcked(state, this.#probe, message, from);
        return;
      case 'nack':
        state.ownReach.nacked(message.seq);
        if (this.#probe !== undefined) this.#probe = probeNacked(this.#probe, message);
        return;
      case 'alive':
        if (state.config.allowsHost(from.host)) applyAlive(state, message);
        return;
      case 'suspect':
        applySuspect(state, message);
        return;
      case 'dead':
        applyDead(state, message);
        return;
      case 'user':
        state.emit({ type: 'user-message', payload: message.payload, from });
        return;
    }
  }

  /** Members and strangers alike are answered, as long as the ping is meant for us. */
  #answerPing(ping: Ping, from: Address): void {
    if (!this.#isMeant(ping)) return;
    if (ping.node !== '') othersReachUs(this.#state);
    const payload = this.#state.delegate.ackPayload();
    this.#state.sendWithPiggyback(ping.replyTo ?? from, { type: 'ack', seq: ping.seq, payload });
    this.#reconnectPings.pinged(this.#state, ping, from);
  }

  #answerStreamPing(streamId: PeerStreamId, ping: Ping): void {
    const message: Ack = { type: 'ack', seq: ping.seq, payload: noPayload };
    const { name } = this.#state.config;
    if (ping.node === name && ping.sourceNode !== name) othersReachUs(this.#state);
    this.#state.emit(
      this.#isMeant(ping) ? { type: 'stream-reply', streamId, message } : { type: 'stream-close', streamId },
    );
  }

  #isMeant(ping: Ping): boolean {
    const { name } = this.#state.config;
    if (ping.node === '' || ping.node === name) return true;
    this.#misdirected.received(this.#state, ping.node);
    return false;
  }

  #sendFailed(to: Address): void {
    if (this.#probe !== undefined && sameAddress(this.#probe.target.address, to)) {
      this.#probe = probeUnsendable(this.#state, this.#probe);
    }
  }

  #streamPingFailed(streamId: StreamId, failure: StreamFailure): void {
    const state = this.#state;
    const isDenied = isDenial(failure);
    state.note('debug', 'a stream ping failed', { reason: failure.reason });
    state.addressChecks.streamEnded(state, streamId, isDenied ? 'denied' : 'failed');
    state.namedPings.streamFailed(streamId, failure);
    if (isDenied && this.#probe?.streamIds.includes(streamId)) this.#probe.target.isDenied = true;
  }

  #streamPingAnswered(streamId: StreamId, ack: Ack): void {
    this.#state.addressChecks.streamEnded(this.#state, streamId, 'acked');
    this.#state.namedPings.streamAcked(this.#state, streamId, ack);
    const probe = this.#probe;
    if (probe?.streamIds.includes(streamId) === true && ack.seq === probe.seq) {
      this.#probe = { ...probe, streamAnswered: true };
    }
  }
}

const noPayload = new Uint8Array(0);
/** The share of the probe timeout beyond which a late deadline tells of us rather than of others. */
const lateShare = 0.2;
/** The rounds' deadlines; all others hold something against somebody when they pass. */
const roundKeys: ReadonlySet<string> = new Set(['probe-tick', 'gossip-tick', 'push-pull-tick']);
