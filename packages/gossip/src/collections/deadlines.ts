import { Schedule, type Scheduled } from './schedule.ts';

/**
 * A table of deadlines with one earliest time. Setting, moving and clearing never touch a timer: the
 * driver asks for `nextMs` after every step and arms a single one.
 */
export class Deadlines<Deadline> {
  readonly #schedule = new Schedule<Deadline>();
  readonly #entries = new Map<unknown, Scheduled<Deadline>>();
  readonly #keyOf: (deadline: Deadline) => unknown;

  /** Deadlines with equal keys are one deadline. By default each is its own key. */
  constructor(keyOf: (deadline: Deadline) => unknown = (deadline) => deadline) {
    this.#keyOf = keyOf;
  }

  /** Sets a deadline, or moves the one with the same key. */
  set(deadline: Deadline, atMs: number): void {
    const key = this.#keyOf(deadline);
    const old = this.#entries.get(key);
    if (old !== undefined) this.#schedule.cancel(old);
    this.#entries.set(key, this.#schedule.add(atMs, deadline));
  }

  clear(deadline: Deadline): void {
    const key = this.#keyOf(deadline);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#schedule.cancel(entry);
  }

  /** Moves the deadlines that pass `moves` by so much. Those of one time stay in the order in which they were set. */
  postpone(byMs: number, moves: (deadline: Deadline) => boolean): void {
    const moved = Array.from(this.#entries.values()).filter((entry) => moves(entry.value));
    moved.sort((a, b) => a.order - b.order);
    for (const entry of moved) this.set(entry.value, entry.dueAtMs + byMs);
  }

  has(deadline: Deadline): boolean {
    return this.#entries.has(this.#keyOf(deadline));
  }

  /** The earliest deadline, or undefined when there is none. */
  nextMs(): number | undefined {
    return this.#schedule.peek()?.dueAtMs;
  }

  /**
   * Removes and returns the earliest deadline that has passed at `nowMs`. They are taken one by one, because
   * acting on one may clear another.
   */
  takeNextDue(nowMs: number): Deadline | undefined {
    const entry = this.#schedule.peek();
    if (entry === undefined || entry.dueAtMs > nowMs) return undefined;
    this.#schedule.take();
    this.#entries.delete(this.#keyOf(entry.value));
    return entry.value;
  }
}
