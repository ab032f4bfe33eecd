import type { GossipEvent } from '../events.ts';
import type { BroadcastId } from '../ids.ts';
import type { Rng } from '../ports.ts';
import { Deadlines } from '../swim/deadlines.ts';
import type { Note } from '../swim/types.ts';
import { Coordinates } from './coordinates/coordinates.ts';
import {
  drainOrder,
  GossipQueues,
  type IntentOptions,
  type OrderedQueueName,
  type QueueName,
} from './gossip-queues.ts';
import { LamportClock } from './lamport-clock.ts';
import { warningIntervalMs } from './limits.ts';
import { RecentIntents } from './membership/intents.ts';
import { MemberCoalescer } from './membership/member-coalesce.ts';
import { MemberRecords } from './membership/member-records.ts';
import { PrunedNames } from './membership/pruned-names.ts';
import { ReapedMembers } from './membership/reaped-members.ts';
import type { OrderedMessage } from './ordered-queue.ts';
import type { SerfConfig, SerfEffect } from './types.ts';

/** Serf's three independent clocks. */
export type ClockName = 'member' | 'event' | 'query';

/** What a peer may provoke and we warn of, each kind at most once a minute. */
export type WarningKind =
  | 'leave-lapsed'
  | 'name-conflict'
  | 'own-name-conflict'
  | 'lamport-jump'
  | 'unreadable-tags'
  | 'unusable-coordinate'
  | 'queue-overflow'
  | 'too-old-messages'
  | 'waiting-events'
  | 'unsent-events';

interface Warned {
  readonly atMs: number;
  suppressedCount: number;
}

/** Serf's rounds: erase who is long gone, try who failed, ask for them more often, look after the queues. */
export type SerfRound = 'reap' | 'reconnect' | 'reconnect-ping' | 'queue-check';

/**
 * What the files of this folder share: the clocks, the tables, the queues and the effects of the step
 * under way. It has no rules of its own beyond the bounds of a queue and the rate of warnings.
 */
export class SerfState {
  readonly config: SerfConfig;
  readonly rng: Rng;
  readonly clocks = { member: new LamportClock(), event: new LamportClock(), query: new LamportClock() };
  readonly records = new MemberRecords();
  readonly intents = new RecentIntents();
  readonly pruned = new PrunedNames();
  readonly reapedMembers = new ReapedMembers();
  readonly queues: GossipQueues;
  /** Undefined when the pool is not measured. */
  readonly coordinates: Coordinates | undefined;
  readonly coalescer: MemberCoalescer | undefined;
  readonly rounds = new Deadlines<SerfRound>();
  /** The time of the step under way. */
  nowMs = 0;
  leaving = false;
  readonly #dropped = new Map<string, number>();
  readonly #warned = new Map<WarningKind, Warned>();
  #effects: SerfEffect[] = [];

  constructor(config: SerfConfig, rng: Rng) {
    this.config = config;
    this.rng = rng;
    this.coordinates = config.coordinates ? new Coordinates(config.name, rng) : undefined;
    for (const [clock, seen] of recoveredTimes(config)) this.clocks[clock].witness(seen);
    for (const [name, address] of config.lastKnown ?? []) {
      if (name !== config.name) this.reapedMembers.add({ name, address, knownShare: 1 });
    }
    this.queues = new GossipQueues(config.timing.retransmitMult);
    this.coalescer = config.coalesce === undefined ? undefined : new MemberCoalescer(config.coalesce);
  }

  /** Whether somebody other than us is there to be told anything. */
  get hasLivePeers(): boolean {
    const self = this.records.get(this.config.name)?.member.status;
    const selfCount = self === 'alive' || self === 'leaving' ? 1 : 0;
    return this.records.count('alive') + this.records.count('leaving') > selfCount;
  }

  /** How many messages a queue keeps at a check. Source: serf.go getQueueMax. */
  get queueDepthMax(): number {
    const { queueDepthMin, queueDepthMax } = this.config.timing;
    return queueDepthMin > 0 ? Math.max(queueDepthMin, 2 * this.records.size) : queueDepthMax;
  }

  emit(effect: SerfEffect): void {
    this.#effects.push(effect);
  }

  /** Tells an event, or holds it back to be grouped with others. */
  event(event: GossipEvent): void {
    if (this.coalescer === undefined || !('members' in event)) this.emit({ type: 'event', event });
    else this.coalescer.offer(event, this.nowMs);
  }

  note(level: Note['level'], message: string, fields: Note['fields']): void {
    this.emit({ type: 'note', level, message, fields });
  }

  /** A warning that peers can provoke: at most one of a kind a minute, with the number left out since. */
  warn(kind: WarningKind, message: string, fields: Note['fields']): void {
    const last = this.#warned.get(kind);
    if (last !== undefined && this.nowMs - last.atMs < warningIntervalMs) {
      last.suppressedCount += 1;
      return;
    }
    this.#warned.set(kind, { atMs: this.nowMs, suppressedCount: 0 });
    this.note('warn', message, { ...fields, suppressedCount: last?.suppressedCount ?? 0 });
  }

  /** Witnesses a peer's time. False, and counted, when it is too far ahead to be believed (gossip.md 8.20). */
  witness(clock: ClockName, lamportTime: number): boolean {
    if (this.clocks[clock].witness(lamportTime)) return true;
    this.countDropped('lamport-jump');
    this.warn('lamport-jump', 'ignoring a Lamport time that is too far ahead', { clock, lamportTime });
    return false;
  }

  /** Counts something from a peer that was not acted on. `reason` is one of a fixed set. */
  countDropped(reason: string, count = 1): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
  }

  get dropped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#dropped);
  }

  /** Queues an intent to be gossiped. */
  enqueueIntent(message: Uint8Array, options: IntentOptions = {}): void {
    this.finish(this.queues.enqueueIntent(message, options).finished);
    this.#bound('intents');
  }

  /** Queues a user event or a query to be gossiped. */
  enqueueOrdered(queue: OrderedQueueName, message: Uint8Array, options: OrderedMessage): void {
    this.queues.enqueueOrdered(queue, message, options);
    this.#bound(queue);
  }

  /**
   * What a peer sent, to be gossiped on as the bytes that came: encoding anew could change them and make them news
   * again. Undefined, and counted, when no packet can hold it: it would wait for one for ever (gossip.md 8.22).
   */
  toPassOn(raw: Uint8Array): Uint8Array | undefined {
    if (raw.length <= this.config.messageBytesMax) return new Uint8Array(raw);
    this.countDropped('too-large-to-gossip');
    return undefined;
  }

  /**
   * Warns of each long queue, since the pool cannot gossip that many messages (gossip.md 8.14), and cuts those beyond
   * their bound. Source: serf.go checkQueueDepth.
   */
  checkQueues(): void {
    for (const queue of drainOrder) {
      const depth = this.queues.depth(queue);
      if (depth > this.config.timing.queueDepthWarning)
        this.note('warn', 'gossip queue is long', { queue, depth });
      if (depth > this.queueDepthMax) this.#pruneQueue(queue);
    }
  }

  /** Cuts a queue down to its bound. */
  #pruneQueue(queue: QueueName): void {
    const { droppedCount, finished } = this.queues.prune(queue, this.queueDepthMax);
    this.countDropped('queue-depth', droppedCount);
    if (droppedCount > 0)
      this.warn('queue-overflow', 'dropping gossip that the pool could not spread', { queue, droppedCount });
    this.finish(finished);
  }

  /** A burst between two checks may fill a queue twice over, no more. */
  #bound(queue: QueueName): void {
    if (this.queues.depth(queue) > 2 * this.queueDepthMax) this.#pruneQueue(queue);
  }

  /** Tells those who wait for these broadcasts. */
  finish(broadcastIds: readonly BroadcastId[]): void {
    for (const broadcastId of broadcastIds) this.emit({ type: 'broadcast-done', broadcastId });
  }

  /** The effects since the last call. */
  takeEffects(): readonly SerfEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}

function recoveredTimes({ recovered }: SerfConfig): readonly (readonly [ClockName, number])[] {
  if (recovered === undefined) return [];
  const { lamportTime, eventTime, queryTime } = recovered;
  return [
    ['member', lamportTime],
    ['event', eventTime],
    ['query', queryTime],
  ];
}
