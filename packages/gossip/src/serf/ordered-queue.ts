import sortedBTree from 'sorted-btree';
import { transmitLimit } from '../swim/gossip/broadcast-queue.ts';
import type { PacketMessage } from '../wire/swim-messages.ts';

// A CommonJS module: the import is its namespace.
const BTree = sortedBTree.default;

/** A waiting message with the fields that order it. */
interface Item {
  readonly id: number;
  readonly lamportTime: number;
  readonly message: Uint8Array;
  readonly isOwn: boolean;
  /** Changes only while the message is not in the queue. */
  transmits: number;
}

/** How an ordered queue treats a message. */
export interface OrderedMessage {
  /** Earlier ones are sent first. */
  readonly lamportTime: number;
  /** Whether this member is the origin. Default false. */
  readonly isOwn?: boolean;
}

/** Messages that do not fit and are skipped before a packet counts as full. */
const misfitsMax = 8;

/**
 * The broadcast queue of user events and queries. It sends the fewest transmits first, among equals the earliest
 * Lamport time, so that receivers get a burst from its beginning. memberlist's queue sends the newest first, and
 * receivers then drop the rest of a long burst as too old (ADR 0023).
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

  /** Own messages below the retransmit limit. */
  get ownCount(): number {
    return this.#ownCount;
  }

  /** Own messages that were not sent yet. */
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
   * Takes at most `countMax` messages that fit into `limitBytes`, each with `overheadBytes` more than its length. The
   * result begins with the newest, as memberlist's own queue does: memberlist handles the messages of a packet from
   * its end.
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
      else this.#uncount(item);
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
      this.#uncount(item);
    }
    return dropped.length;
  }

  #uncount({ message, isOwn }: Item): void {
    this.#bytesCount -= message.length;
    if (isOwn) this.#ownCount -= 1;
  }
}

function compareItems(a: Item, b: Item): number {
  return a.transmits - b.transmits || a.lamportTime - b.lamportTime || a.id - b.id;
}

/**
 * The messages of a packet in the order of handling: Serf's messages from the last to the first, all others at their
 * place. Senders write the newest first and memberlist handles them from the end, so that the events of a burst come
 * in the order of sending (gossip.md 8.11).
 */
export function inOrderOfSending(messages: readonly PacketMessage[]): readonly PacketMessage[] {
  const users = messages.filter(({ type }) => type === 'user');
  if (users.length < 2) return messages;
  return messages.map((message) => (message.type === 'user' ? (users.pop() ?? message) : message));
}
