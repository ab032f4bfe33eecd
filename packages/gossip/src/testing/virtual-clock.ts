import { Schedule, type Scheduled } from '../collections/schedule.ts';
import type { Clock } from '../ports.ts';

/** The options of a virtual clock. */
export interface VirtualClockOptions {
  /** The time at which the clock starts. Default 0. */
  readonly startMs?: number;
  /** How many wakes at one instant count as an endless loop. Default 1,000,000. */
  readonly wakesPerInstantMax?: number;
}

/**
 * A clock that moves only when it is moved. Wakes run within the call that moves it, by deadline, then in the order in which
 * they were requested; each sees its own deadline as the time.
 */
export class VirtualClock implements Clock {
  readonly #queue = new Schedule<() => void>();
  readonly #wakesPerInstantMax: number;
  #nowMs: number;
  #wakesAtThisInstant = 0;
  #isMoving = false;

  constructor({ startMs = 0, wakesPerInstantMax = 1_000_000 }: VirtualClockOptions = {}) {
    this.#nowMs = startMs;
    this.#wakesPerInstantMax = wakesPerInstantMax;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** How many wakes are pending. */
  get pendingCount(): number {
    return this.#queue.size;
  }

  /** Returns the function that cancels the wake. A deadline in the past means now; `wake` never runs within this call. */
  wakeAt(deadlineMs: number, wake: () => void): () => void {
    if (Number.isNaN(deadlineMs)) throw new RangeError('a wake needs a deadline, not NaN');
    let entry: Scheduled<() => void> | undefined = this.#queue.add(Math.max(deadlineMs, this.#nowMs), () => {
      entry = undefined;
      wake();
    });
    return () => {
      if (entry !== undefined) this.#queue.cancel(entry);
      entry = undefined;
    };
  }

  /** Moves on by `ms` and runs all wakes until then. */
  advance(ms: number): void {
    this.runUntil(this.#nowMs + ms);
  }

  /**
   * Moves to `untilMs` and runs all wakes until then, including those that are requested meanwhile.
   * @throws RangeError when that is in the past, Error when an instant never ends, and the error of a wake that throws.
   */
  runUntil(untilMs: number): void {
    if (!(untilMs >= this.#nowMs)) {
      throw new RangeError(`time cannot go back from ${this.#nowMs} ms to ${untilMs} ms`);
    }
    this.#move(() => {
      for (let next = this.#queue.peek(); next && next.dueAtMs <= untilMs; next = this.#queue.peek()) {
        this.#runNext();
      }
      this.#setNow(untilMs);
    });
  }

  /** Moves to the next deadline and runs one wake. False when none is pending. */
  runToNextWake(): boolean {
    if (this.#queue.peek() === undefined) return false;
    this.#move(() => this.#runNext());
    return true;
  }

  #runNext(): void {
    const wake = this.#queue.take();
    if (wake === undefined) return;
    this.#setNow(wake.dueAtMs);
    this.#wakesAtThisInstant += 1;
    if (this.#wakesAtThisInstant > this.#wakesPerInstantMax) {
      throw new Error(
        `more than ${this.#wakesPerInstantMax} wakes at ${this.#nowMs} ms: a wake requests another for the same instant again and again`,
      );
    }
    wake.value();
  }

  #setNow(nowMs: number): void {
    if (nowMs === this.#nowMs) return;
    this.#nowMs = nowMs;
    this.#wakesAtThisInstant = 0;
  }

  #move(run: () => void): void {
    if (this.#isMoving) throw new Error('a wake cannot move the clock that runs it');
    this.#isMoving = true;
    try {
      run();
    } finally {
      this.#isMoving = false;
    }
  }
}
