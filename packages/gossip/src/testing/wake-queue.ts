/** A wake that has been asked for. */
export interface Wake {
  readonly deadlineMs: number;
  /** Rises with every request: equal deadlines keep the order in which they were asked for. */
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Below this size the garbage of cancelled wakes is not worth a sweep. */
const sweepSizeMin = 64;

/** A binary heap of wakes, earliest first. Cancelling is one flag; a sweep follows when most entries are dead. */
export class WakeQueue {
  #heap: Wake[] = [];
  #cancelledCount = 0;
  #nextOrder = 0;

  /** How many wakes are still wanted. */
  get size(): number {
    return this.#heap.length - this.#cancelledCount;
  }

  add(deadlineMs: number, run: () => void): Wake {
    const wake: Wake = { deadlineMs, order: this.#nextOrder, run, cancelled: false };
    this.#nextOrder += 1;
    this.#heap.push(wake);
    this.#siftUp(this.#heap.length - 1);
    return wake;
  }

  /** `wake` must still be in the queue. */
  cancel(wake: Wake): void {
    if (wake.cancelled) return;
    wake.cancelled = true;
    this.#cancelledCount += 1;
    if (this.#heap.length < sweepSizeMin || this.#cancelledCount * 2 < this.#heap.length) return;
    this.#heap = this.#heap.filter((entry) => !entry.cancelled).sort(compare); // sorted is a valid heap
    this.#cancelledCount = 0;
  }

  /** The earliest wake, left in place. */
  peek(): Wake | undefined {
    while (this.#heap[0]?.cancelled) {
      this.#removeTop();
      this.#cancelledCount -= 1;
    }
    return this.#heap[0];
  }

  /** Removes and returns the earliest wake. */
  take(): Wake | undefined {
    const wake = this.peek();
    if (wake !== undefined) this.#removeTop();
    return wake;
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

function compare(a: Wake, b: Wake): number {
  return a.deadlineMs - b.deadlineMs || a.order - b.order;
}
