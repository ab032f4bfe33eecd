import type { Clock } from '../ports.ts';

interface HeldWake {
  readonly run: () => void;
  cancelled: boolean;
}

/**
 * The clock of a process that can be paused: time passes, but no wake runs. Overdue wakes run late, in order, when it
 * resumes, as after SIGCONT.
 */
export class PausableClock implements Clock {
  readonly #base: Clock;
  #state: 'running' | 'paused' | 'stopped' = 'running';
  #held: HeldWake[] = [];

  constructor(base: Clock) {
    this.#base = base;
  }

  nowMs(): number {
    return this.#base.nowMs();
  }

  wakeAt(deadlineMs: number, wake: () => void): () => void {
    const entry: HeldWake = { run: wake, cancelled: false };
    const cancelBase = this.#base.wakeAt(deadlineMs, () => {
      if (this.#state === 'running') wake();
      else if (this.#state === 'paused') this.#held.push(entry);
    });
    return () => {
      entry.cancelled = true;
      cancelBase();
    };
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  /** Runs the overdue wakes, unless one of them pauses the clock again. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    while (this.#state === 'running') {
      const wake = this.#held.shift();
      if (wake === undefined) return;
      if (!wake.cancelled) wake.run();
    }
  }

  /** From now on no wake runs. */
  stop(): void {
    this.#state = 'stopped';
    this.#held = [];
  }
}
