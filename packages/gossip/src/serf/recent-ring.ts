import { recentBytesMax, recentItemsMax, recentTimesMax, seenTimesMax } from './limits.ts';

/**
 * - `new`: the first copy of an item.
 * - `seen`: a further copy.
 * - `ignored`: from before the time given to `ignoreBefore`.
 * - `old`: too old to know whether it is the first copy.
 */
export type Recency = 'new' | 'seen' | 'ignored' | 'old';

interface Slot<T> {
  readonly lamportTime: number;
  readonly items: T[];
  bytes: number;
}

export interface AdmitOptions<T> {
  /** Our clock after it witnessed the item's time. */
  readonly clockTime: number;
  /** The size that counts towards `recentBytesMax`. */
  readonly bytes: number;
  readonly isSame: (known: T) => boolean;
}

/**
 * Remembers the items of the last 4,096 Lamport times, so that each message is handled once although many copies
 * arrive. Serf remembers 512 times and drops the rest of a longer burst as too old. A push/pull contains 512 times,
 * as Serf's does. Source: serf.go eventBuffer, queryBuffer.
 */
export class RecentRing<T> {
  readonly #slots = new Map<number, Slot<T>>();
  /** Items before this time are ignored. */
  #ignoredBefore = 0;
  /** Items before this time may have been forgotten to make room. */
  #forgottenBefore = 0;
  #newestTime = 0;
  #itemsCount = 0;
  #bytes = 0;

  /** Ignores all items before this time from now on. Never goes back. */
  ignoreBefore(lamportTime: number): void {
    this.#ignoredBefore = Math.max(this.#ignoredBefore, lamportTime);
  }

  /** Remembers an item unless it is known, ignored or too old. */
  admit(lamportTime: number, item: T, { clockTime, bytes, isSame }: AdmitOptions<T>): Recency {
    if (lamportTime < this.#ignoredBefore) return 'ignored';
    if (lamportTime < this.#forgottenBefore || lamportTime < clockTime - seenTimesMax) return 'old';
    this.#newestTime = Math.max(this.#newestTime, lamportTime);
    const slot = this.#slotFor(lamportTime);
    if (slot.items.some(isSame)) return 'seen';
    slot.items.push(item);
    slot.bytes += bytes;
    this.#itemsCount += 1;
    this.#bytes += bytes;
    while (this.#itemsCount > recentItemsMax || this.#bytes > recentBytesMax) this.#forgetOldest();
    return 'new';
  }

  /** The items of the last 512 times, by ascending Lamport time. Source: serf delegate.go LocalState. */
  entries(): readonly { readonly lamportTime: number; readonly items: readonly T[] }[] {
    const recent = [...this.#slots.values()].filter(
      ({ lamportTime }) => lamportTime > this.#newestTime - recentTimesMax,
    );
    return recent.sort((a, b) => a.lamportTime - b.lamportTime);
  }

  #slotFor(lamportTime: number): Slot<T> {
    const index = lamportTime % seenTimesMax;
    const current = this.#slots.get(index);
    if (current?.lamportTime === lamportTime) return current;
    if (current !== undefined) this.#drop(index, current);
    const slot: Slot<T> = { lamportTime, items: [], bytes: 0 };
    this.#slots.set(index, slot);
    return slot;
  }

  /** Marks the forgotten time as too old: a copy of a forgotten item must not count as new. */
  #forgetOldest(): void {
    let oldest: [number, Slot<T>] | undefined;
    for (const entry of this.#slots) {
      if (oldest === undefined || entry[1].lamportTime < oldest[1].lamportTime) oldest = entry;
    }
    if (oldest === undefined) return;
    this.#drop(...oldest);
    this.#forgottenBefore = Math.max(this.#forgottenBefore, oldest[1].lamportTime + 1);
  }

  #drop(index: number, slot: Slot<T>): void {
    this.#slots.delete(index);
    this.#itemsCount -= slot.items.length;
    this.#bytes -= slot.bytes;
  }
}
