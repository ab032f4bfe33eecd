/** A chunk of more items is split in two: moving so many at once costs less than looking after more chunks. */
const chunkItemsMax = 128;

/**
 * Items in the order of `isBefore`, which is total: two items are never equal in it. Adding, removing and
 * finding take a search over the chunks and one within a chunk, however many items there are.
 */
export class SortedChunks<T> {
  readonly #isBefore: (a: T, b: T) => boolean;
  /** None of them is empty. */
  readonly #chunks: T[][] = [];
  #size = 0;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#size;
  }

  add(item: T): void {
    const isReached = (other: T) => !this.#isBefore(other, item);
    const index = Math.min(this.#chunkOf(isReached), this.#chunks.length - 1);
    const chunk = this.#chunks[index];
    this.#size += 1;
    if (chunk === undefined) {
      this.#chunks.push([item]);
      return;
    }
    chunk.splice(firstIndex(chunk, isReached), 0, item);
    if (chunk.length > chunkItemsMax) this.#chunks.splice(index + 1, 0, chunk.splice(chunkItemsMax >> 1));
  }

  /** Removes an item that is here and has kept its place in the order; false when it is not here. */
  delete(item: T): boolean {
    const isReached = (other: T) => !this.#isBefore(other, item);
    const index = this.#chunkOf(isReached);
    const chunk = this.#chunks[index];
    if (chunk === undefined) return false;
    const at = firstIndex(chunk, isReached);
    if (chunk[at] !== item) return false;
    chunk.splice(at, 1);
    if (chunk.length === 0) this.#chunks.splice(index, 1);
    this.#size -= 1;
    return true;
  }

  /** The first item for which `isReached` holds; it has to hold for all that follow too. */
  first(isReached: (item: T) => boolean): T | undefined {
    const chunk = this.#chunks[this.#chunkOf(isReached)];
    return chunk?.[firstIndex(chunk, isReached)];
  }

  /** Keeps the first `count` and gives those that followed them, in order. */
  truncate(count: number): readonly T[] {
    const all = this.#chunks.flat();
    const kept = all.slice(0, count);
    this.#chunks.length = 0;
    this.#size = 0;
    for (const item of kept) this.add(item);
    return all.slice(count);
  }

  /** The chunk that holds the first item for which `isReached` holds; one beyond the last when none does. */
  #chunkOf(isReached: (item: T) => boolean): number {
    return firstIndex(this.#chunks, (chunk) => isReached(chunk[chunk.length - 1] as T));
  }
}

/** The first index whose item is reached; the length when none is. */
function firstIndex<T>(items: readonly T[], isReached: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isReached(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
