import type { Clock } from '../ports.ts';

/** A shorter sync is not worth a wait: timers count whole milliseconds. */
const slowSyncMs = 8;
/** The part of the last sync that a batch may wait for others. */
const shareOfSync = 1 / 4;
/** So long at most, however slow the disk is. */
const waitMsMax = 8;

/**
 * Lets those who are answered after one slow sync share the next one. Without it the first who comes back begins the next
 * sync alone, and all others wait for two: half of the callers for each sync. A batch waits until as many proposals are
 * there as callers were seen around the last sync, so that one caller alone never waits, and not longer than a part of a sync.
 */
export class Gathering {
  readonly #clock: Clock;
  /** Callers around the last sync: whom it served, and who came while it ran. */
  #callersCount = 0;
  #untilMs = 0;
  #end: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called after each sync of a batch. */
  synced(sync: {
    readonly tookMs: number;
    readonly batchCount: number;
    readonly pendingCount: number;
  }): void {
    this.#callersCount = sync.batchCount + sync.pendingCount;
    const waitMs = sync.tookMs < slowSyncMs ? 0 : Math.min(sync.tookMs * shareOfSync, waitMsMax);
    this.#untilMs = this.#clock.nowMs() + waitMs;
  }

  /** What to wait for before the next batch is taken; undefined when nobody is missing or it is late. */
  wait(pendingCount: number): Promise<void> | undefined {
    if (this.#isComplete(pendingCount) || this.#clock.nowMs() >= this.#untilMs) return undefined;
    return new Promise((resolve) => {
      const cancel = this.#clock.wakeAt(this.#untilMs, () => this.stop());
      this.#end = () => {
        this.#end = undefined;
        cancel();
        resolve();
      };
    });
  }

  /** To be called with each proposal that comes. */
  added(pendingCount: number): void {
    if (this.#isComplete(pendingCount)) this.stop();
  }

  /** Ends the wait under way, if there is one. */
  stop(): void {
    this.#end?.();
  }

  #isComplete(pendingCount: number): boolean {
    return pendingCount >= this.#callersCount;
  }
}
