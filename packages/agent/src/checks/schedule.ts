/** Something with a time, as the schedule keeps it. */
interface Entry<T> {
  readonly key: string;
  readonly dueAtMs: number;
  /** Entries of one time come in the order in which they were set. */
  readonly order: number;
  readonly value: T;
  place: number;
}

/** When things are due: a binary heap with one entry for each key, so that one timer serves thousands of checks. */
export class Schedule<T> {
  readonly #heap: Entry<T>[] = [];
  readonly #byKey = new Map<string, Entry<T>>();
  #nextOrder = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** Sets the time of a key; an earlier one of the same key is replaced. */
  set(key: string, dueAtMs: number, value: T): void {
    this.clear(key);
    const entry: Entry<T> = { key, dueAtMs, order: this.#nextOrder, value, place: this.#heap.length };
    this.#nextOrder += 1;
    this.#byKey.set(key, entry);
    this.#heap.push(entry);
    this.#siftUp(entry);
  }

  /** Unknown keys are ignored. */
  clear(key: string): void {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return;
    this.#byKey.delete(key);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, entry.place);
    this.#siftUp(last);
    this.#siftDown(last);
  }

  /** The earliest time, or undefined when nothing is scheduled. */
  nextMs(): number | undefined {
    return this.#heap[0]?.dueAtMs;
  }

  /** Removes and returns the earliest value that is due. */
  takeDue(nowMs: number): T | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.dueAtMs > nowMs) return undefined;
    this.clear(first.key);
    return first.value;
  }

  #put(entry: Entry<T>, place: number): void {
    this.#heap[place] = entry;
    entry.place = place;
  }

  #siftUp(entry: Entry<T>): void {
    for (let place = entry.place; place > 0; ) {
      const parentPlace = (place - 1) >> 1;
      const parent = this.#heap[parentPlace];
      if (parent === undefined || compare(parent, entry) <= 0) return;
      this.#put(parent, place);
      this.#put(entry, parentPlace);
      place = parentPlace;
    }
  }

  #siftDown(entry: Entry<T>): void {
    for (;;) {
      const left = this.#heap[entry.place * 2 + 1];
      const right = this.#heap[entry.place * 2 + 2];
      const child = left !== undefined && right !== undefined && compare(right, left) < 0 ? right : left;
      if (child === undefined || compare(entry, child) <= 0) return;
      const { place } = child;
      this.#put(child, entry.place);
      this.#put(entry, place);
    }
  }
}

function compare(a: Entry<unknown>, b: Entry<unknown>): number {
  return a.dueAtMs - b.dueAtMs || a.order - b.order;
}

/**
 * When a check runs first: after a random part of its interval, so that checks that are registered together do not run
 * together. Source: Consul lib.RandomStagger.
 */
export function firstRunAtMs(intervalMs: number, random: number, nowMs: number): number {
  return nowMs + random * intervalMs;
}

/** When a check runs again: one interval after its last run ended, so that its runs never overlap. */
export function nextRunAtMs(intervalMs: number, endedAtMs: number): number {
  return endedAtMs + intervalMs;
}
