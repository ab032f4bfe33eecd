import { recentBytesMax, recentItemsMax, recentTimesMax, seenTimesMax } from './limits.ts';

/**
 * Something new; something that was here before; something from before we joined; or something so old that nobody can
 * say whether it was here before.
 */
export type Recency = 'new' | 'seen' | 'ignored' | 'old';

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
 * Remembers what was seen at each of the last 4,096 Lamport times, so that every message counts once although
 * many copies arrive. Serf remembers 512, and takes the rest of a longer burst for too old; a push/pull
 * carries 512 here, too. Source: serf.go eventBuffer, queryBuffer.
 */
export class RecentRing<T> {
  readonly #slots = new Map<number, Slot<T>>();
  /** What is older than this is not wanted. */
  #wantedFrom = 0;
  /** What is older than this was forgotten to make room. */
  #rememberedFrom = 0;
  #newestTime = 0;
  #itemsCount = 0;
  #bytes = 0;

  /** Takes everything before this time for too old from now on. Never goes back. */
  ignoreBefore(lamportTime: number): void {
    this.#wantedFrom = Math.max(this.#wantedFrom, lamportTime);
  }

  /** Remembers an item, unless it is known or too old. */
  admit(lamportTime: number, item: T, { clockTime, bytes, isSame }: AdmitOptions<T>): Recency {
    if (lamportTime < this.#wantedFrom) return 'ignored';
    if (lamportTime < this.#rememberedFrom || lamportTime < clockTime - seenTimesMax) return 'old';
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

  /** What is remembered of the last 512 times, by ascending Lamport time. Source: serf delegate.go LocalState. */
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

  /** Forgotten times count as too old, or a copy of what was forgotten would be news again. */
  #forgetOldest(): void {
    let oldest: [number, Slot<T>] | undefined;
    for (const entry of this.#slots) {
      if (oldest === undefined || entry[1].lamportTime < oldest[1].lamportTime) oldest = entry;
    }
    if (oldest === undefined) return;
    this.#drop(...oldest);
    this.#rememberedFrom = Math.max(this.#rememberedFrom, oldest[1].lamportTime + 1);
  }

  #drop(index: number, slot: Slot<T>): void {
    this.#slots.delete(index);
    this.#itemsCount -= slot.items.length;
    this.#bytes -= slot.bytes;
  }
}
