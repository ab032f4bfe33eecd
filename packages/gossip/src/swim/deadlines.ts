/**
 * A table of deadlines with one earliest time. Setting, moving and clearing never touch a timer: the
 * driver asks for `nextMs` after every step and arms a single one.
 */
export class Deadlines<Key extends string> {
  readonly #dueAtMs = new Map<Key, number>();
  #earliestMs: number | undefined;

  set(key: Key, atMs: number): void {
    const before = this.#dueAtMs.get(key);
    this.#dueAtMs.set(key, atMs);
    if (before !== undefined && before === this.#earliestMs && atMs > before) this.#earliestMs = undefined;
    else if (this.#earliestMs !== undefined && atMs < this.#earliestMs) this.#earliestMs = atMs;
  }

  clear(key: Key): void {
    const before = this.#dueAtMs.get(key);
    this.#dueAtMs.delete(key);
    if (before === this.#earliestMs) this.#earliestMs = undefined;
  }

  has(key: Key): boolean {
    return this.#dueAtMs.has(key);
  }

  /** The earliest deadline, or undefined when there is none. */
  nextMs(): number | undefined {
    if (this.#earliestMs === undefined) {
      for (const atMs of this.#dueAtMs.values()) {
        if (this.#earliestMs === undefined || atMs < this.#earliestMs) this.#earliestMs = atMs;
      }
    }
    return this.#earliestMs;
  }

  /**
   * Removes and returns the earliest key that is due at `nowMs`. Taken one by one, so that what one
   * deadline clears is not acted on by mistake.
   */
  takeNextDue(nowMs: number): Key | undefined {
    const next = this.nextMs();
    if (next === undefined || next > nowMs) return undefined;
    for (const [key, atMs] of this.#dueAtMs) {
      if (atMs !== next) continue;
      this.clear(key);
      return key;
    }
    return undefined;
  }
}
