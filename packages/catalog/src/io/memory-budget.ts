import { getHeapStatistics } from 'node:v8';
import { CatalogError } from '../errors.ts';

/** What costs are estimated for is not all that the heap holds meanwhile: tables double, and garbage waits. */
const shareOfFree = 3 / 4;

function freeHeap(): number {
  const { heap_size_limit, used_heap_size } = getHeapStatistics();
  return Math.max(0, heap_size_limit - used_heap_size);
}

/** What one reader has taken of a budget. */
export interface MemoryClaim {
  /** @throws CatalogError CATALOG_SNAPSHOT when there is not so much left. */
  take(bytes: number): void;
  /** Gives back all of it. May be called twice. */
  end(): void;
}

/**
 * The memory that states may take while they are read from archives: what the heap has free, shared by all that are read
 * at the same time, so that no archive, and no number of them, ends the process.
 */
export class MemoryBudget {
  readonly #freeBytes: () => number;
  #claimsCount = 0;
  #takenBytes = 0;
  #maxBytes = 0;

  constructor(freeBytes: () => number = freeHeap) {
    this.#freeBytes = freeBytes;
  }

  claim(): MemoryClaim {
    // What is taken already is not free any more: those who read share one limit.
    if (this.#claimsCount === 0) this.#look();
    this.#claimsCount += 1;
    let takenBytes = 0;
    let isOpen = true;
    return {
      take: (bytes) => {
        if (this.#takenBytes + bytes > this.#maxBytes) throw noRoom(this.#maxBytes);
        takenBytes += bytes;
        this.#takenBytes += bytes;
      },
      end: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#claimsCount -= 1;
        this.#takenBytes -= takenBytes;
        // What was read may be the state from now on: who reads still has what is left beside it.
        this.#look();
      },
    };
  }

  #look(): void {
    this.#maxBytes = this.#takenBytes + this.#freeBytes() * shareOfFree;
  }
}

function noRoom(bytes: number): CatalogError {
  return new CatalogError(
    'CATALOG_SNAPSHOT',
    `failed to read snapshot file: the state may need more memory than the ${Math.floor(bytes / 1e6)} MB that are ` +
      'free for it: NODE_OPTIONS=--max-old-space-size gives this process more',
  );
}
