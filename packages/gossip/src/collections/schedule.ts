/** A value with the time at which it is due. */
export interface Scheduled<T> {
  readonly dueAtMs: number;
  /** Rises with every entry: entries of one time come in the order in which they were added. */
  readonly order: number;
  readonly value: T;
  isCancelled: boolean;
}

/** In a smaller heap cancelled entries are not worth a sweep. */
const sweepSizeMin = 64;

/** A binary heap, earliest first. Cancelling is one flag; a sweep follows when most entries are dead. */
export class Schedule<T> {
  #heap: Scheduled<T>[] = [];
  #cancelledCount = 0;
  #nextOrder = 0;

  /** How many entries are not cancelled. */
  get size(): number {
    return this.#heap.length - this.#cancelledCount;
  }

  add(dueAtMs: number, value: T): Scheduled<T> {
    const entry: Scheduled<T> = { dueAtMs, order: this.#nextOrder, value, isCancelled: false };
    this.#nextOrder += 1;
    this.#heap.push(entry);
    this.#siftUp(this.#heap.length - 1);
    return entry;
  }

  /** `entry` must still be in the schedule. */
  cancel(entry: Scheduled<T>): void {
    if (entry.isCancelled) return;
    entry.isCancelled = true;
    this.#cancelledCount += 1;
    if (this.#heap.length < sweepSizeMin || this.#cancelledCount * 2 < this.#heap.length) return;
    this.#heap = this.#heap.filter((entry) => !entry.isCancelled).sort(compare); // sorted is a valid heap
    this.#cancelledCount = 0;
  }

  /** The earliest entry, left in place. */
  peek(): Scheduled<T> | undefined {
    while (this.#heap[0]?.isCancelled) {
      this.#removeTop();
      this.#cancelledCount -= 1;
    }
    return this.#heap[0];
  }

  /** Removes and returns the earliest entry. */
  take(): Scheduled<T> | undefined {
    const entry = this.peek();
    if (entry !== undefined) this.#removeTop();
    return entry;
  }

  #removeTop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown(0);
  }

  #siftUp(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfEarlier(index, parent)) return;
      index = parent;
    }
  }

  #siftDown(start: number): void {
    let index = start;
    for (;;) {
      const left = index * 2 + 1;
      const child = this.#isEarlier(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfEarlier(child, index)) return;
      index = child;
    }
  }

  #isEarlier(a: number, b: number): boolean {
    const first = this.#heap[a];
    const second = this.#heap[b];
    return first !== undefined && second !== undefined && compare(first, second) < 0;
  }

  #swapIfEarlier(child: number, parent: number): boolean {
    const below = this.#heap[child];
    const above = this.#heap[parent];
    if (below === undefined || above === undefined || compare(below, above) >= 0) return false;
    this.#heap[child] = above;
    this.#heap[parent] = below;
    return true;
  }
}

function compare(a: Scheduled<unknown>, b: Scheduled<unknown>): number {
  return a.dueAtMs - b.dueAtMs || a.order - b.order;
}
