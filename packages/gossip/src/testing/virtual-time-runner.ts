import type { VirtualClock } from './virtual-clock.ts';

/**
 * Without a call of `settle`, continuations of promises run this often rather than after every wake: they cost a turn of
 * the event loop, and a long history of a large pool has a million wakes.
 */
const continuationsEveryMs = 10;
const settleMsDefault = 60_000;
/** How much of a condition's source code an error shows. */
const sourceCharsMax = 100;

/** The parts of a pool that the runner needs. */
export interface VirtualTimeRunnerOptions {
  readonly clock: VirtualClock;
  readonly seed: number;
  /** Throws the first error of a listener since the last call. */
  readonly rethrow: () => void;
  /** The differences of the pool from convergence, for the error of a wait that timed out; empty for none. */
  readonly explain: () => string;
}

/** Lets virtual time pass, and lets continuations of promises run in between. */
export class VirtualTimeRunner {
  readonly #options: VirtualTimeRunnerOptions;
  /** How many calls of `settle` wait for a promise. */
  #settlingCount = 0;

  constructor(options: VirtualTimeRunnerOptions) {
    this.#options = options;
  }

  async advance(durationMs: number): Promise<void> {
    if (!(durationMs >= 0 && Number.isFinite(durationMs))) {
      throw new RangeError(`time cannot pass for ${durationMs} ms`);
    }
    const { clock, rethrow } = this.#options;
    const end = { isReached: false };
    clock.wakeAt(clock.nowMs() + durationMs, () => {
      end.isReached = true;
    });
    let settledAtMs = clock.nowMs();
    while (!end.isReached) {
      clock.runToNextWake();
      rethrow();
      const nowMs = clock.nowMs();
      if (this.#settlingCount === 0 && nowMs - settledAtMs < continuationsEveryMs) continue;
      await promisesSettled();
      settledAtMs = nowMs;
    }
    await promisesSettled();
    rethrow();
  }

  async advanceUntil(condition: () => boolean, withinMs: number): Promise<void> {
    if (await this.#reaches(condition, withinMs)) return;
    const source = String(condition).replaceAll(/\s+/g, ' ');
    const shown = source.length > sourceCharsMax ? `${source.slice(0, sourceCharsMax)}…` : source;
    throw this.#timedOut(`${shown} is not true`, withinMs);
  }

  async settle<T>(work: Promise<T>, withinMs: number = settleMsDefault): Promise<T> {
    const state = { isSettled: false };
    const markSettled = (): void => {
      state.isSettled = true;
    };
    work.then(markSettled, markSettled);
    this.#settlingCount += 1;
    try {
      await promisesSettled();
      if (!(await this.#reaches(() => state.isSettled, withinMs))) {
        throw this.#timedOut('the promise is not settled', withinMs);
      }
    } finally {
      this.#settlingCount -= 1;
    }
    return work;
  }

  async #reaches(condition: () => boolean, withinMs: number): Promise<boolean> {
    const { clock } = this.#options;
    const deadlineMs = clock.nowMs() + withinMs;
    while (!condition()) {
      if (clock.nowMs() >= deadlineMs) return false;
      await this.advance(100);
    }
    return true;
  }

  #timedOut(what: string, withinMs: number): Error {
    const { clock, seed, explain } = this.#options;
    const differences = explain();
    const when = `within ${withinMs} ms of virtual time (seed ${seed}, now ${clock.nowMs()} ms)`;
    return new Error(`${what} ${when}${differences === '' ? '' : `; the pool: ${differences}`}`);
  }
}

/** Runs every continuation that is ready: a macrotask begins only when no microtask is left. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
