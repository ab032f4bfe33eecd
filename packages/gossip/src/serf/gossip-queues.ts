import type { BroadcastId } from '../ids.ts';
import { BroadcastQueue, type Enqueued } from '../swim/gossip/broadcast-queue.ts';
import { type OrderedMessage, OrderedQueue } from './ordered-queue.ts';

/** The queues that keep the order of sending. */
export type OrderedQueueName = 'queries' | 'events';

export type QueueName = 'intents' | OrderedQueueName;

/** The order in which the queues fill a packet: membership first. Source: serf delegate.go GetBroadcasts. */
export const drainOrder: readonly QueueName[] = ['intents', 'queries', 'events'];

/** The room in a packet, and the pool's size, which sets how often a message is sent. */
export interface TakeLimits {
  readonly overheadBytes: number;
  readonly limitBytes: number;
  readonly countMax: number;
  readonly membersCount: number;
}

/** Serf's three broadcast queues. Each may use the room in a packet that the queues before it leave. */
export class GossipQueues {
  readonly #intents: BroadcastQueue;
  readonly #ordered: Readonly<Record<OrderedQueueName, OrderedQueue>>;
  #finished: BroadcastId[] = [];

  constructor(retransmitMult: number) {
    this.#intents = new BroadcastQueue(retransmitMult);
    this.#ordered = {
      queries: new OrderedQueue(retransmitMult),
      events: new OrderedQueue(retransmitMult),
    };
  }

  depth(queue: QueueName): number {
    return queue === 'intents' ? this.#intents.depth : this.#ordered[queue].depth;
  }

  /** The counters of an ordered queue. */
  ordered(queue: OrderedQueueName): Pick<OrderedQueue, 'ownCount' | 'unsentCount' | 'bytesCount'> {
    return this.#ordered[queue];
  }

  /** Whether any message waits to be gossiped. */
  get hasAny(): boolean {
    return drainOrder.some((name) => this.depth(name) > 0);
  }

  enqueueIntent(message: Uint8Array, options: IntentOptions): Enqueued {
    return this.#intents.enqueue(message, options);
  }

  enqueueOrdered(queue: OrderedQueueName, message: Uint8Array, options: OrderedMessage): void {
    this.#ordered[queue].enqueue(message, options);
  }

  take({ overheadBytes, limitBytes, countMax, membersCount }: TakeLimits): readonly Uint8Array[] {
    const messages: Uint8Array[] = [];
    let leftBytes = limitBytes;
    for (const name of drainOrder) {
      if (messages.length >= countMax) break;
      const taken = this.#takeFrom(name, {
        overheadBytes,
        limitBytes: leftBytes,
        membersCount,
        countMax: countMax - messages.length,
      });
      for (const message of taken) leftBytes -= message.length + overheadBytes;
      messages.push(...taken);
    }
    return messages;
  }

  /** The broadcasts that `take` finished since the last call. */
  drainFinished(): readonly BroadcastId[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  /** Drops all but `keepCount` messages of a queue: first those that were sent most often. */
  prune(queue: QueueName, keepCount: number): ReturnType<BroadcastQueue['prune']> {
    if (queue === 'intents') return this.#intents.prune(keepCount);
    return { droppedCount: this.#ordered[queue].prune(keepCount), finished: [] };
  }

  #takeFrom(
    queue: QueueName,
    { overheadBytes, limitBytes, membersCount, countMax }: TakeLimits,
  ): readonly Uint8Array[] {
    if (queue !== 'intents')
      return this.#ordered[queue].take(overheadBytes, limitBytes, membersCount, countMax);
    const { messages, finished } = this.#intents.take(overheadBytes, limitBytes, membersCount, countMax);
    this.#finished.push(...finished);
    return messages;
  }
}

export interface IntentOptions {
  /** Replaces a waiting message of the same name. */
  readonly name?: string;
  /** Reported when the message reached its retransmit limit, was replaced or dropped. */
  readonly broadcastId?: BroadcastId;
}
