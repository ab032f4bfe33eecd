import { BroadcastQueue, type Enqueued } from '../swim/broadcast-queue.ts';

export type QueueName = 'intents' | 'queries' | 'events';

/** The order in which they share a packet: membership first. Source: serf delegate.go GetBroadcasts. */
export const drainOrder: readonly QueueName[] = ['intents', 'queries', 'events'];

/** How much of a packet may be filled, and how often a message is sent in a pool of this size. */
export interface TakeLimits {
  readonly overheadBytes: number;
  readonly limitBytes: number;
  readonly countMax: number;
  readonly membersCount: number;
}

/** Serf's three queues of messages to gossip. Each later one gets what the earlier leave of the packet. */
export class GossipQueues {
  readonly #queues: Readonly<Record<QueueName, BroadcastQueue>>;
  #finished: number[] = [];

  constructor(retransmitMult: number) {
    this.#queues = {
      intents: new BroadcastQueue(retransmitMult),
      queries: new BroadcastQueue(retransmitMult),
      events: new BroadcastQueue(retransmitMult),
    };
  }

  depth(queue: QueueName): number {
    return this.#queues[queue].depth;
  }

  /** Whether any message waits to be gossiped. */
  get hasAny(): boolean {
    return drainOrder.some((name) => this.#queues[name].depth > 0);
  }

  enqueue(queue: QueueName, message: Uint8Array, options: EnqueueOptions): Enqueued {
    return this.#queues[queue].enqueue(message, options);
  }

  take({ overheadBytes, limitBytes, countMax, membersCount }: TakeLimits): readonly Uint8Array[] {
    const messages: Uint8Array[] = [];
    let leftBytes = limitBytes;
    for (const name of drainOrder) {
      if (messages.length >= countMax) break;
      const taken = this.#queues[name].take(
        overheadBytes,
        leftBytes,
        membersCount,
        countMax - messages.length,
      );
      for (const message of taken.messages) leftBytes -= message.length + overheadBytes;
      messages.push(...taken.messages);
      this.#finished.push(...taken.finished);
    }
    return messages;
  }

  /** Tickets of the broadcasts that `take` finished since the last call. */
  drainFinished(): readonly number[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  /** Drops all but the `keepCount` messages of a queue that would be sent first. */
  prune(queue: QueueName, keepCount: number): ReturnType<BroadcastQueue['prune']> {
    return this.#queues[queue].prune(keepCount);
  }
}

export interface EnqueueOptions {
  /** Replaces a waiting message of the same name. */
  readonly name?: string;
  /** Comes back when the message has been sent often enough, replaced or dropped. */
  readonly ticket?: number;
}
