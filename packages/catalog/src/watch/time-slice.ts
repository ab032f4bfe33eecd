import type { Clock } from '../ports.ts';

/** Other work of this process waits no longer than this for a slice to end. */
export const sliceMs = 10;

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

  /** Undefined while the slice lasts; then what to wait for, after which another has begun. */
  next(): Promise<void> | undefined {
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#endMs) return undefined;
    return new Promise((resolve) => {
      this.#clock.wakeAt(nowMs, () => {
        this.begin();
        resolve();
      });
    });
  }
}
