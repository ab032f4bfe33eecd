import sortedBTree from 'sorted-btree';
import type { BroadcastId } from '../../ids.ts';

// The package is CommonJS: its namespace is imported.
const BTree = sortedBTree.default;

/** What orders the queue. */
interface Place {
  readonly id: number;
  readonly bytesCount: number;
  readonly transmits: number;
}

/** One message waiting to be gossiped. */
interface Broadcast extends Place {
  readonly message: Uint8Array;
  readonly name: string | undefined;
  broadcastId: BroadcastId | undefined;
  /** Changes only while the message is not in the queue. */
  transmits: number;
}

export interface TakenBroadcasts {
  readonly messages: readonly Uint8Array[];
  /** Broadcasts that have been sent as often as memberlist sends them, with this take. */
  readonly finished: readonly BroadcastId[];
}

export interface Enqueued {
  /** Broadcasts that the new one replaced. */
  readonly finished: readonly BroadcastId[];
}

/**
 * The broadcasts to piggyback, by transmit count and byte budget.
 *
 * Fewest transmits go first; among equals the longest, then the newest. A message is dropped after `transmitLimit`
 * transmissions, the limit being computed when it is sent; its id is finished after `retransmitLimit`.
 * A named message replaces the older one of the same name. Source: memberlist queue.go.
 */
export class BroadcastQueue {
  readonly #retransmitMult: number;
  /** In the order in which they are to be sent. */
  readonly #items = new BTree<Place, Broadcast>(undefined, comparePlaces);
  readonly #byName = new Map<string, Broadcast>();
  #nextId = 1;

  constructor(retransmitMult: number) {
    this.#retransmitMult = retransmitMult;
  }

  get depth(): number {
    return this.#items.size;
  }

  /** Queues a message. Its id is returned when it is finished: sent often enough, replaced or pruned. */
  enqueue(
    message: Uint8Array,
    options: { readonly name?: string; readonly broadcastId?: BroadcastId } = {},
  ): Enqueued {
    const finished: BroadcastId[] = [];
    const old = options.name === undefined ? undefined : this.#byName.get(options.name);
    if (old !== undefined) {
      this.#items.delete(old);
      if (old.broadcastId !== undefined) finished.push(old.broadcastId);
    }
    const { name, broadcastId } = options;
    const bytesCount = message.length;
    const item: Broadcast = { id: this.#nextId, bytesCount, message, name, broadcastId, transmits: 0 };
    this.#nextId += 1;
    this.#items.set(item, item);
    if (name !== undefined) this.#byName.set(name, item);
    return { finished };
  }

  /**
   * Takes the messages that fit into `limitBytes` when each message costs `overheadBytes` more than its length,
   * at most `countMax` messages.
   */
  take(overheadBytes: number, limitBytes: number, membersCount: number, countMax: number): TakenBroadcasts {
    let left = limitBytes;
    let transmits = 0;
    const taken: Broadcast[] = [];
    while (left > overheadBytes && taken.length < countMax) {
      const next = this.#nextThatFits(transmits, left - overheadBytes);
      if (next === undefined) break;
      transmits = next.transmits;
      if (next.message.length > left - overheadBytes) continue;
      this.#items.delete(next);
      taken.push(next);
      left -= next.message.length + overheadBytes;
    }
    return taken.length === 0 ? nothingTaken : this.#countTransmission(taken, membersCount);
  }

  /** Drops all but the `keepCount` first messages. */
  prune(keepCount: number): { readonly droppedCount: number; readonly finished: readonly BroadcastId[] } {
    const dropped = this.#items.valuesArray().slice(Math.max(0, keepCount));
    for (const item of dropped) this.#items.delete(item);
    for (const item of dropped) this.#forgetName(item);
    return { droppedCount: dropped.length, finished: broadcastIdsOf(dropped) };
  }

  /**
   * The first message with this transmit count and at most `bytesMax`; when there is none, the first of those with a
   * higher count, whatever its length.
   */
  #nextThatFits(transmits: number, bytesMax: number): Broadcast | undefined {
    // Infinity, because among equals the highest id goes first.
    const place = { transmits, bytesCount: bytesMax, id: Number.POSITIVE_INFINITY };
    return this.#items.getPairOrNextHigher(place)?.[1];
  }

  #countTransmission(taken: readonly Broadcast[], membersCount: number): TakenBroadcasts {
    const finishedAt = retransmitLimit(this.#retransmitMult, membersCount);
    const droppedAt = transmitLimit(this.#retransmitMult, membersCount);
    const finished: BroadcastId[] = [];
    for (const item of taken) {
      item.transmits += 1;
      if (item.transmits >= finishedAt && item.broadcastId !== undefined) {
        finished.push(item.broadcastId);
        item.broadcastId = undefined;
      }
      if (item.transmits < droppedAt) {
        this.#items.set(item, item);
        continue;
      }
      this.#forgetName(item);
    }
    return { messages: taken.map((item) => item.message), finished };
  }

  #forgetName(item: Broadcast): void {
    if (item.name !== undefined) this.#byName.delete(item.name);
  }
}

const nothingTaken: TakenBroadcasts = { messages: [], finished: [] };

/** How often a message is sent in a pool of `membersCount`. Source: memberlist util.go retransmitLimit. */
export function retransmitLimit(retransmitMult: number, membersCount: number): number {
  return retransmitMult * Math.ceil(Math.log10(membersCount + 1));
}

/** In pools of three up to this size a message is sent more often than by memberlist. */
const smallPoolMax = 10;
/** With so many transmits the chance that gossip misses one of ten members is below one in a million. */
const smallPoolTransmits = 16;

/** Whether the pool is too small for memberlist's limits. */
export function isSmallPool(membersCount: number): boolean {
  return membersCount <= smallPoolMax;
}

/**
 * How often a message is sent before it is dropped. memberlist's limit is made for large pools: in one of nine it sends
 * four times, to members at random, and one message in twenty misses a member until the next push/pull.
 */
export function transmitLimit(retransmitMult: number, membersCount: number): number {
  const limit = retransmitLimit(retransmitMult, membersCount);
  const isRepeated = membersCount > 2 && isSmallPool(membersCount);
  return isRepeated ? Math.max(limit, smallPoolTransmits) : limit;
}

function comparePlaces(a: Place, b: Place): number {
  if (a.transmits !== b.transmits) return a.transmits - b.transmits;
  if (a.bytesCount !== b.bytesCount) return b.bytesCount - a.bytesCount;
  return a.id === b.id ? 0 : b.id - a.id;
}

function broadcastIdsOf(items: readonly Broadcast[]): BroadcastId[] {
  return items.flatMap((item) => (item.broadcastId === undefined ? [] : [item.broadcastId]));
}
