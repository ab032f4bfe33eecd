import type { Clock } from '../ports.ts';

/** Other work of this process waits no longer than this for a slice to end. */
export const sliceMs = 10;

/** Work that another slice was used up for may go on for so long, or it would never be done. */
const leastMs = 2;

/** The time for which long work may hold the event loop; then others run. */
export class TimeSlice {
  readonly #clock: Clock;
  #endMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a slice, when the event loop has just run others. */
  begin(): void {
    this.#endMs = this.#clock.nowMs() + sliceMs;
  }

  /** When what goes on now should end: with the slice, but not before it has begun. */
  endMs(): number {
    return Math.max(this.#endMs, this.#clock.nowMs() + leastMs);
  }

  /**
   * Undefined while the slice lasts, and `neededMs` more; then what to wait for, after which another has begun. What is
   * needed is no more than a slice.
   */
  next(neededMs = 0): Promise<void> | undefined {
    const nowMs = this.#clock.nowMs();
    if (nowMs + neededMs < this.#endMs) return undefined;
    return new Promise((resolve) => {
      this.#clock.wakeAt(nowMs, () => {
        this.begin();
        resolve();
      });
    });
  }
}
