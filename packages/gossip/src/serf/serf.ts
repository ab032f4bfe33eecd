import type { BroadcastId, ReceivedQueryId } from '../ids.ts';
import type { Member } from '../member.ts';
import type { Rng } from '../ports.ts';
import type { SwimDelegate } from '../swim/types.ts';
import { type Coordinate, encodeCoordinate } from '../wire/coordinate-codec.ts';
import { receiveAckCoordinate } from './coordinates/ack-coordinates.ts';
import type { QueueName } from './gossip-queues.ts';
import { IntentRules } from './membership/intent-rules.ts';
import { LocalIntents } from './membership/local-intents.ts';
import { Membership } from './membership/membership.ts';
import { attemptReconnect, nextReconnectPingMs, sendReconnectPings } from './membership/reconnect.ts';
import { SerfMessaging } from './messaging.ts';
import { encodeLocalState } from './push-pull.ts';
import { defaultQueryTimeoutMs } from './queries/open-queries.ts';
import type { AnswerProblem } from './queries/query-inbox.ts';
import { type SerfRound, SerfState } from './state.ts';
import type { SerfConfig, SerfEffect, SerfInput } from './types.ts';
import { UserMessages } from './user-messages.ts';

/** Members known, and how many of them are down. */
export interface MemberCounts {
  readonly membersCount: number;
  readonly failedCount: number;
  readonly leftCount: number;
}

/** The Lamport times of the next messages. */
export interface LamportTimes {
  readonly memberTime: number;
  readonly eventTime: number;
  readonly queryTime: number;
}

/**
 * The Serf layer above the failure detector: membership, user events, queries and coordinates. It turns inputs into
 * effects, knows no time but the one it is given, and never throws on input of a peer. Broadcasts can finish while
 * Swim takes them, so the caller asks `drainFinished` after every step of Swim.
 */
export class Serf implements SwimDelegate {
  readonly #state: SerfState;
  readonly #membership: Membership;
  readonly #local: LocalIntents;
  readonly #messaging: SerfMessaging;
  readonly #messages: UserMessages;
  #isStarted = false;

  constructor(config: SerfConfig, rng: Rng) {
    this.#state = new SerfState(config, rng);
    this.#membership = new Membership(this.#state);
    const rules = new IntentRules(this.#state, this.#membership);
    this.#local = new LocalIntents(this.#state, rules);
    this.#messaging = new SerfMessaging(this.#state);
    this.#messages = new UserMessages(this.#state, rules, this.#local, this.#messaging);
  }

  /** Handles one input and returns the effects to perform, in order. */
  step(input: SerfInput, nowMs: number): readonly SerfEffect[] {
    this.#state.nowMs = nowMs;
    if (!this.#isStarted) this.#start();
    this.#dispatch(input);
    return this.#state.takeEffects();
  }

  /** When to call `step` with a `deadline`; undefined before the first step. */
  nextDeadlineMs(): number | undefined {
    const { rounds, coalescer } = this.#state;
    const all = [
      rounds.nextMs(),
      coalescer?.nextDeadlineMs(),
      this.#membership.nextDeadlineMs(),
      this.#messaging.nextDeadlineMs(),
    ];
    const known = all.filter((atMs) => atMs !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  hasBroadcasts(): boolean {
    return this.#state.queues.hasAny;
  }

  waitingBytes(): number {
    return this.#state.queues.ordered('events').bytesCount;
  }

  takeBroadcasts(
    overheadBytes: number,
    limitBytes: number,
    _nowMs: number,
    countMax: number,
  ): readonly Uint8Array[] {
    const { queues, records } = this.#state;
    return queues.take({ overheadBytes, limitBytes, countMax, membersCount: records.size });
  }

  localState(): Uint8Array {
    return encodeLocalState(this.#state, this.#messaging.events);
  }

  ackPayload(): Uint8Array {
    const { coordinates } = this.#state;
    return coordinates === undefined ? noPayload : encodeCoordinate(coordinates.own);
  }

  /** The broadcasts that `takeBroadcasts` finished since the last call. */
  drainFinished(): readonly BroadcastId[] {
    return this.#state.queues.drainFinished();
  }

  /** All members sorted by name, with this one and the failed and left ones. */
  members(): readonly Member[] {
    return this.#state.records.list();
  }

  member(name: string): Member | undefined {
    return this.#state.records.get(name)?.member;
  }

  get isLeaving(): boolean {
    return this.#state.leaving;
  }

  get counts(): MemberCounts {
    const { records } = this.#state;
    return {
      membersCount: records.size,
      failedCount: records.count('failed'),
      leftCount: records.count('left'),
    };
  }

  get times(): LamportTimes {
    const { member, event, query } = this.#state.clocks;
    return { memberTime: member.time, eventTime: event.time, queryTime: query.time };
  }

  /** Members that are up, this one included. */
  get liveCount(): number {
    const { records } = this.#state;
    return records.count('alive') + records.count('leaving');
  }

  /** Whether another member is up and not leaving. */
  get hasStayingPeers(): boolean {
    const { records, config } = this.#state;
    const isCounted = records.get(config.name)?.member.status === 'alive';
    return records.count('alive') > (isCounted ? 1 : 0);
  }

  /** Own queries that still wait for answers. */
  get openQueriesCount(): number {
    return this.#messaging.queries.count;
  }

  /** The default timeout of a query, for the pool's current size. */
  get defaultQueryTimeoutMs(): number {
    return defaultQueryTimeoutMs(this.#state);
  }

  /** Why this response to a received query cannot be sent; undefined when it can. */
  answerProblem(queryId: ReceivedQueryId, payload: Uint8Array, nowMs: number): AnswerProblem | undefined {
    return this.#messaging.inbox.answerProblem(queryId, payload, nowMs);
  }

  /** A member's last network coordinate; undefined when none was received. */
  coordinate(name: string): Coordinate | undefined {
    return this.#state.coordinates?.get(name);
  }

  get coordinateResets(): number {
    return this.#state.coordinates?.resetsCount ?? 0;
  }

  queueDepth(queue: QueueName): number {
    const waitingCount = queue === 'events' ? this.waitingEventsCount : 0;
    return this.#state.queues.depth(queue) + waitingCount;
  }

  /** Own user events that wait until earlier ones are sent. */
  get waitingEventsCount(): number {
    return this.#messaging.events.waitingCount;
  }

  /** Counts of ignored input of peers, by reason. */
  get dropped(): Readonly<Record<string, number>> {
    return this.#state.dropped;
  }

  #dispatch(input: SerfInput): void {
    switch (input.type) {
      case 'deadline':
        this.#onDeadline();
        break;
      case 'member-up':
        this.#membership.receiveUp(input.member);
        break;
      case 'member-changed':
        this.#membership.receiveChanged(input.member);
        break;
      case 'member-down':
        this.#membership.receiveDown(input.member);
        break;
      case 'conflict':
        this.#messaging.conflicts.receive(input);
        break;
      case 'probe-answered':
        receiveAckCoordinate(this.#state, input);
        break;
      case 'user-message':
        this.#messages.receive(input.payload, input.from);
        break;
      case 'user-state':
        this.#messages.receiveState(input.payload, input);
        break;
      case 'announce-join':
        this.#local.announceJoin();
        break;
      case 'leave':
        this.#local.leave(input.broadcastId);
        break;
      case 'left':
        this.#messaging.events.dropUnsent();
        break;
      case 'force-leave':
        this.#local.forceLeave(input.name, { prune: input.prune, broadcastId: input.broadcastId });
        break;
      default:
        this.#messaging.handle(input);
    }
  }

  #start(): void {
    this.#isStarted = true;
    for (const round of ['reap', 'reconnect', 'reconnect-ping', 'queue-check'] as const)
      this.#schedule(round);
  }

  #schedule(round: SerfRound): void {
    const { nowMs, config, rounds } = this.#state;
    const nextMs: Readonly<Record<SerfRound, () => number>> = {
      reap: () => nowMs + config.timing.reapIntervalMs,
      reconnect: () => nowMs + config.timing.reconnectIntervalMs,
      'reconnect-ping': () => nextReconnectPingMs(this.#state),
      'queue-check': () => nowMs + config.timing.queueCheckIntervalMs,
    };
    rounds.set(round, nextMs[round]());
  }

  #onDeadline(): void {
    const { rounds, coalescer, nowMs } = this.#state;
    this.#membership.cancelLapsedLeaves();
    this.#messaging.onDeadline();
    for (let round = rounds.takeNextDue(nowMs); round !== undefined; round = rounds.takeNextDue(nowMs)) {
      this.#run(round);
      this.#schedule(round);
    }
    for (const event of coalescer?.flush(nowMs) ?? []) this.#state.emit({ type: 'event', event });
  }

  #run(round: SerfRound): void {
    switch (round) {
      case 'reap':
        this.#membership.reap();
        break;
      case 'reconnect':
        attemptReconnect(this.#state);
        break;
      case 'reconnect-ping':
        sendReconnectPings(this.#state);
        break;
      case 'queue-check':
        this.#state.checkQueues();
        break;
    }
  }
}

const noPayload = new Uint8Array(0);
