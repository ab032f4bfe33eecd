import { recentBytesMax, recentItemsMax, recentTimesMax } from './limits.ts';

/** Something new, something that was here before, or something too old to tell. */
export type Recency = 'new' | 'seen' | 'old';

interface Slot<T> {
  readonly lamportTime: number;
  readonly items: T[];
  bytes: number;
}

/** What `admit` must know besides the item itself. */
export interface AdmitOptions<T> {
  /** The clock after it has witnessed the item's time. */
  readonly clockTime: number;
  /** What remembering the item costs. */
  readonly bytes: number;
  readonly isSame: (known: T) => boolean;
}

/**
 * Remembers what was seen at each of the last 512 Lamport times, so that every message counts once although
 * many copies arrive. Source: serf.go eventBuffer, queryBuffer.
 */
export class RecentRing<T> {
  readonly #slots = new Map<number, Slot<T>>();
  /** What is older than this is not wanted, or was forgotten. */
  #timeMin = 0;
  #itemsCount = 0;
  #bytes = 0;

  /** Takes everything before this time for too old from now on. Never goes back. */
  ignoreBefore(lamportTime: number): void {
    this.#timeMin = Math.max(this.#timeMin, lamportTime);
  }

  /** Remembers an item, unless it is known or too old. */
  admit(lamportTime: number, item: T, { clockTime, bytes, isSame }: AdmitOptions<T>): Recency {
    if (lamportTime < this.#timeMin) return 'old';
    if (clockTime > recentTimesMax && lamportTime < clockTime - recentTimesMax) return 'old';
    const slot = this.#slotFor(lamportTime);
    if (slot.items.some(isSame)) return 'seen';
    slot.items.push(item);
    slot.bytes += bytes;
    this.#itemsCount += 1;
    this.#bytes += bytes;
    while (this.#itemsCount > recentItemsMax || this.#bytes > recentBytesMax) this.#forgetOldest();
    return 'new';
  }

  /** What is remembered, by ascending Lamport time. */
  entries(): readonly { readonly lamportTime: number; readonly items: readonly T[] }[] {
    return [...this.#slots.values()].sort((a, b) => a.lamportTime - b.lamportTime);
  }

  #slotFor(lamportTime: number): Slot<T> {
    const index = lamportTime % recentTimesMax;
    const current = this.#slots.get(index);
    if (current?.lamportTime === lamportTime) return current;
    if (current !== undefined) this.#drop(index, current);
    const slot: Slot<T> = { lamportTime, items: [], bytes: 0 };
    this.#slots.set(index, slot);
    return slot;
  }

  /** Forgotten times count as too old, or a copy of what was forgotten would be news again. */
  #forgetOldest(): void {
    let oldest: [number, Slot<T>] | undefined;
    for (const entry of this.#slots) {
      if (oldest === undefined || entry[1].lamportTime < oldest[1].lamportTime) oldest = entry;
    }
    if (oldest === undefined) return;
    this.#drop(...oldest);
    this.ignoreBefore(oldest[1].lamportTime + 1);
  }

  #drop(index: number, slot: Slot<T>): void {
    this.#slots.delete(index);
    this.#itemsCount -= slot.items.length;
    this.#bytes -= slot.bytes;
  }
}
