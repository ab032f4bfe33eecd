import sortedBTree from 'sorted-btree';
import { transmitLimit } from '../swim/broadcast-queue.ts';
import type { PacketMessage } from '../wire/swim-messages.ts';

// CommonJS: its namespace is what is imported.
const BTree = sortedBTree.default;

/** A message that waits, in the place at which it is sent. */
interface Item {
  readonly id: number;
  readonly lamportTime: number;
  readonly message: Uint8Array;
  readonly isOwn: boolean;
  /** Changes only while the message is not in the queue. */
  transmits: number;
}

/** What an ordered queue must know of a message. */
export interface OrderedMessage {
  /** Earlier ones are sent first. */
  readonly lamportTime: number;
  /** This member sent it first. Default false. */
  readonly isOwn?: boolean;
}

/** So many messages that do not fit are passed over before a packet counts as full. */
const misfitsMax = 8;

/**
 * What to gossip next when the order counts: user events and queries. Fewest transmits go first, among equals the
 * earliest Lamport time, so that receivers hear of a burst from its beginning. memberlist's queue begins at the
 * newest; the rest of a long burst was then too old for its receivers. ADR 0023.
 */
export class OrderedQueue {
  readonly #retransmitMult: number;
  readonly #items = new BTree<Item, Item>(undefined, compareItems);
  #nextId = 1;
  #ownCount = 0;
  #bytesCount = 0;

  constructor(retransmitMult: number) {
    this.#retransmitMult = retransmitMult;
  }

  get depth(): number {
    return this.#items.size;
  }

  /** The length of all messages together. */
  get bytesCount(): number {
    return this.#bytesCount;
  }

  /** Messages of our own that were not sent as often as they should be. */
  get ownCount(): number {
    return this.#ownCount;
  }

  /** Messages of our own that no packet has carried. */
  get unsentCount(): number {
    let count = 0;
    for (const { isOwn, transmits } of this.#items.values()) if (isOwn && transmits === 0) count += 1;
    return count;
  }

  enqueue(message: Uint8Array, { lamportTime, isOwn = false }: OrderedMessage): void {
    const item: Item = { id: this.#nextId, lamportTime, message, isOwn, transmits: 0 };
    this.#nextId += 1;
    this.#items.set(item, item);
    this.#bytesCount += message.length;
    if (isOwn) this.#ownCount += 1;
  }

  /**
   * Takes what fits into `limitBytes` when each message costs `overheadBytes` more than its length, at most `countMax`.
   * The newest comes first in what is returned: memberlist handles the messages of a packet from its end, and its own
   * queue writes them so.
   */
  take(
    overheadBytes: number,
    limitBytes: number,
    membersCount: number,
    countMax: number,
  ): readonly Uint8Array[] {
    const taken: Item[] = [];
    let left = limitBytes;
    let misfits = 0;
    let next = this.#items.nextHigherPair(undefined)?.[1];
    while (next !== undefined && left > overheadBytes && taken.length < countMax && misfits < misfitsMax) {
      if (next.message.length + overheadBytes <= left) {
        taken.push(next);
        left -= next.message.length + overheadBytes;
      } else misfits += 1;
      next = this.#items.nextHigherPair(next)?.[1];
    }
    const limit = transmitLimit(this.#retransmitMult, membersCount);
    for (const item of taken) {
      this.#items.delete(item);
      item.transmits += 1;
      if (item.transmits < limit) this.#items.set(item, item);
      else this.#gone(item);
    }
    return taken.sort((a, b) => b.lamportTime - a.lamportTime || b.id - a.id).map(({ message }) => message);
  }

  /** Drops all but `keepCount`: first those that were sent most often, then the oldest. Returns how many. */
  prune(keepCount: number): number {
    const excess = this.#items.size - Math.max(0, keepCount);
    if (excess <= 0) return 0;
    const dropped = this.#items
      .valuesArray()
      .sort((a, b) => b.transmits - a.transmits || a.lamportTime - b.lamportTime || a.id - b.id)
      .slice(0, excess);
    for (const item of dropped) {
      this.#items.delete(item);
      this.#gone(item);
    }
    return dropped.length;
  }

  #gone({ message, isOwn }: Item): void {
    this.#bytesCount -= message.length;
    if (isOwn) this.#ownCount -= 1;
  }
}

function compareItems(a: Item, b: Item): number {
  return a.transmits - b.transmits || a.lamportTime - b.lamportTime || a.id - b.id;
}

/**
 * The messages of a packet in the order in which they are to be handled: Serf's own from the last to the first. Senders
 * write the newest first, and memberlist handles what waits from its end, so that a burst comes out in the order of
 * firing (gossip.md 8.11). Everything else keeps its place.
 */
export function inOrderOfSending(messages: readonly PacketMessage[]): readonly PacketMessage[] {
  const users = messages.filter(({ type }) => type === 'user');
  if (users.length < 2) return messages;
  return messages.map((message) => (message.type === 'user' ? (users.pop() ?? message) : message));
}
