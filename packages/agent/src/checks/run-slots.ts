/** Places for runs: so many may be under way, and what finds none waits for its turn, in order. */
export class RunSlots<T> {
  readonly #max: number;
  readonly #waiting = new Set<T>();
  #takenCount = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get takenCount(): number {
    return this.#takenCount;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Takes a place for a run, or lets it wait. Returns whether there was a place. */
  take(run: T): boolean {
    if (this.#takenCount >= this.#max) {
      this.#waiting.add(run);
      return false;
    }
    this.#takenCount += 1;
    return true;
  }

  /** Gives a place back. Returns who waited longest, which has a place now. */
  release(): T | undefined {
    this.#takenCount -= 1;
    const [next] = this.#waiting;
    if (next === undefined || this.#takenCount >= this.#max) return undefined;
    this.#waiting.delete(next);
    this.#takenCount += 1;
    return next;
  }

  /** Forgets who waits; what does not is ignored. */
  leave(run: T): void {
    this.#waiting.delete(run);
  }
}
