import type { Clock } from '../ports.ts';
import { Schedule, type Scheduled } from '../swim/schedule.ts';

/** Where a virtual clock starts, and when it gives up. */
export interface VirtualClockOptions {
  /** Where the clock starts. Default 0. */
  readonly startMs?: number;
  /** How many wakes one instant may see before it counts as an endless loop. Default 1,000,000. */
  readonly wakesPerInstantMax?: number;
}

/**
 * A clock that moves only when told. Wakes run inside the call that moves it, earliest first, those of one
 * deadline in the order in which they were asked for; each sees its own deadline as the time.
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

  /** How many wakes are asked for and not yet run. */
  get pendingCount(): number {
    return this.#queue.size;
  }

  /** A deadline in the past means now. `wake` never runs inside this call. */
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

  /** Moves on by `ms` and runs everything that falls due. */
  advance(ms: number): void {
    this.runUntil(this.#nowMs + ms);
  }

  /**
   * Moves to `untilMs` and runs everything that falls due, what is asked for on the way included.
   * @throws RangeError when that is in the past, Error when an instant never ends, and whatever a wake throws.
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

  /** Moves to the next deadline and runs the one wake that is first there. False when nothing is pending. */
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
        `more than ${this.#wakesPerInstantMax} wakes at ${this.#nowMs} ms: something asks again and again for now`,
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
