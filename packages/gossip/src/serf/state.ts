import { Deadlines } from '../collections/deadlines.ts';
import type { GossipEvent } from '../events.ts';
import type { BroadcastId } from '../ids.ts';
import type { Rng } from '../ports.ts';
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

/** Warnings that peers can provoke; each kind is logged at most once a minute. */
export type WarningKind =
  | 'leave-lapsed'
  | 'name-conflict'
  | 'own-name-conflict'
  | 'lamport-jump'
  | 'unreadable-tags'
  | 'rejected-coordinate'
  | 'queue-overflow'
  | 'too-old-messages'
  | 'waiting-events'
  | 'unsent-events';

interface LoggedWarning {
  readonly atMs: number;
  suppressedCount: number;
}

/** Serf's periodic tasks. `reconnect` joins failed members as Serf does, `reconnect-ping` pings them more often. */
export type SerfRound = 'reap' | 'reconnect' | 'reconnect-ping' | 'queue-check';

/**
 * The state that the parts of the Serf layer share: clocks, tables, queues and the effects of the current step. It
 * has no rules of its own but the bounds of queues and the rate of warnings.
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
  /** Undefined when network coordinates are off. */
  readonly coordinates: Coordinates | undefined;
  readonly coalescer: MemberCoalescer | undefined;
  readonly rounds = new Deadlines<SerfRound>();
  /** The time of the current step. */
  nowMs = 0;
  leaving = false;
  readonly #dropped = new Map<string, number>();
  readonly #warnings = new Map<WarningKind, LoggedWarning>();
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

  /** Whether another member is up that can receive broadcasts. */
  get hasLivePeers(): boolean {
    const self = this.records.get(this.config.name)?.member.status;
    const selfCount = self === 'alive' || self === 'leaving' ? 1 : 0;
    return this.records.count('alive') + this.records.count('leaving') > selfCount;
  }

  /** Messages that a queue keeps at a depth check. Source: serf.go getQueueMax. */
  get queueDepthMax(): number {
    const { queueDepthMin, queueDepthMax } = this.config.timing;
    return queueDepthMin > 0 ? Math.max(queueDepthMin, 2 * this.records.size) : queueDepthMax;
  }

  emit(effect: SerfEffect): void {
    this.#effects.push(effect);
  }

  /** Emits an event, or holds it back to be coalesced with others. */
  emitEvent(event: GossipEvent): void {
    if (this.coalescer === undefined || !('members' in event)) this.emit({ type: 'event', event });
    else this.coalescer.offer(event, this.nowMs);
  }

  note(level: Note['level'], message: string, fields: Note['fields']): void {
    this.emit({ type: 'note', level, message, fields });
  }

  /** Logs a warning that peers can provoke, with the number of suppressed ones of its kind. */
  warn(kind: WarningKind, message: string, fields: Note['fields']): void {
    const last = this.#warnings.get(kind);
    if (last !== undefined && this.nowMs - last.atMs < warningIntervalMs) {
      last.suppressedCount += 1;
      return;
    }
    this.#warnings.set(kind, { atMs: this.nowMs, suppressedCount: 0 });
    this.note('warn', message, { ...fields, suppressedCount: last?.suppressedCount ?? 0 });
  }

  /** Witnesses a peer's time. Returns false, and counts it, when it is too far ahead (gossip.md 8.20). */
  witness(clock: ClockName, lamportTime: number): boolean {
    if (this.clocks[clock].witness(lamportTime)) return true;
    this.countDropped('lamport-jump');
    this.warn('lamport-jump', 'Lamport time too far ahead; message ignored', { clock, lamportTime });
    return false;
  }

  /** Counts ignored input of peers. `reason` is one of a fixed set. */
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
   * A copy of a received message for rebroadcast. The bytes stay, since peers would take a different encoding for a
   * new message. Undefined, and counted, when the message fits into no packet and would stay queued (gossip.md 8.22).
   */
  toRebroadcast(raw: Uint8Array): Uint8Array | undefined {
    if (raw.length <= this.config.messageBytesMax) return new Uint8Array(raw);
    this.countDropped('too-large-to-gossip');
    return undefined;
  }

  /**
   * Warns of each long queue, which has more messages than the pool can gossip (gossip.md 8.14), and cuts those
   * beyond their bound. Source: serf.go checkQueueDepth.
   */
  checkQueues(): void {
    for (const queue of drainOrder) {
      const depth = this.queues.depth(queue);
      if (depth > this.config.timing.queueDepthWarning) this.note('warn', 'queue depth', { queue, depth });
      if (depth > this.queueDepthMax) this.#pruneQueue(queue);
    }
  }

  /** Cuts a queue down to its bound. */
  #pruneQueue(queue: QueueName): void {
    const { droppedCount, finished } = this.queues.prune(queue, this.queueDepthMax);
    this.countDropped('queue-depth', droppedCount);
    if (droppedCount > 0)
      this.warn('queue-overflow', 'queue depth exceeds limit, dropping messages!', { queue, droppedCount });
    this.finish(finished);
  }

  /** Between two depth checks a burst may fill a queue to twice its bound. */
  #bound(queue: QueueName): void {
    if (this.queues.depth(queue) > 2 * this.queueDepthMax) this.#pruneQueue(queue);
  }

  /** Reports these broadcasts as done. */
  finish(broadcastIds: readonly BroadcastId[]): void {
    for (const broadcastId of broadcastIds) this.emit({ type: 'broadcast-done', broadcastId });
  }

  /** Returns the effects since the last call. */
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
