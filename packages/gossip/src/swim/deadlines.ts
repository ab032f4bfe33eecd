import { Schedule, type Scheduled } from './schedule.ts';

/**
 * A table of deadlines with one earliest time. Setting, moving and clearing never touch a timer: the
 * driver asks for `nextMs` after every step and arms a single one.
 */
export class Deadlines<Key extends string | number> {
  readonly #schedule = new Schedule<Key>();
  readonly #entries = new Map<Key, Scheduled<Key>>();

  /** Sets a deadline, or moves the one of that key. */
  set(key: Key, atMs: number): void {
    this.clear(key);
    this.#entries.set(key, this.#schedule.add(atMs, key));
  }

  clear(key: Key): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#schedule.cancel(entry);
  }

  /** Moves the deadlines of all keys that pass `moves` by so much. */
  postpone(byMs: number, moves: (key: Key) => boolean): void {
    const moved = [...this.#entries.values()].filter((entry) => moves(entry.value));
    for (const entry of moved) this.set(entry.value, entry.dueAtMs + byMs);
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  /** The earliest deadline, or undefined when there is none. */
  nextMs(): number | undefined {
    return this.#schedule.peek()?.dueAtMs;
  }

  /**
   * Removes and returns the earliest key that is due at `nowMs`. Taken one by one, so that what one
   * deadline clears is not acted on by mistake.
   */
  takeNextDue(nowMs: number): Key | undefined {
    const entry = this.#schedule.peek();
    if (entry === undefined || entry.dueAtMs > nowMs) return undefined;
    this.#schedule.take();
    this.#entries.delete(entry.value);
    return entry.value;
  }
}
