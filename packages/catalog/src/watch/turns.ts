import type { Clock } from '../ports.ts';

/** Other work of this process waits no longer than this for a turn to end. */
const turnMs = 10;

/** Lets long work share the event loop: it goes on for a few milliseconds, and then others run. */
export class Turns {
  readonly #clock: Clock;
  #endMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a turn, when the event loop has just run others. */
  begin(): void {
    this.#endMs = this.#clock.nowMs() + turnMs;
  }

  /** Undefined while the turn lasts; then what to wait for, after which another turn has begun. */
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
