import { randomFillSync } from 'node:crypto';
import type { Clock, Entropy, Logger, Rng } from '../ports.ts';

/** What a gossip takes from the process it runs in, where its options name no other port. */

/** The longest delay of setTimeout; with a longer one it fires at once. */
const timerDelayMaxMs = 2 ** 31 - 1;

/** One call of the system's generator serves about 340 nonces of 12 bytes. */
const entropyPoolBytes = 4096;

export interface SystemClockOptions {
  /** Whether a pending wake keeps the process alive. Default true. */
  readonly keepAlive?: boolean;
}

/** The monotonic clock of this process. A wake never fires before its deadline, however far away that is. */
export function systemClock(options: SystemClockOptions = {}): Clock {
  let keepsAlive = options.keepAlive !== false;
  const timers = new Set<NodeJS.Timeout>();
  return {
    nowMs: () => performance.now(),
    wakeAt: (deadlineMs, wake) => {
      let timer: NodeJS.Timeout;
      const arm = (): void => {
        const delayMs = Math.ceil(deadlineMs - performance.now());
        timer = setTimeout(check, Math.min(Math.max(delayMs, 0), timerDelayMaxMs));
        if (!keepsAlive) timer.unref();
        timers.add(timer);
      };
      // Timers count whole milliseconds and may fire a fraction early; a wait beyond the longest delay takes several.
      const check = (): void => {
        timers.delete(timer);
        if (performance.now() < deadlineMs) arm();
        else wake();
      };
      arm();
      return () => {
        timers.delete(timer);
        clearTimeout(timer);
      };
    },
    ref: () => {
      keepsAlive = true;
      for (const timer of timers) timer.ref();
    },
    unref: () => {
      keepsAlive = false;
      for (const timer of timers) timer.unref();
    },
  };
}

/** Writes a warning of the process, as Node writes its own: on stderr, and to listeners of the process's event. */
export function systemWarning(message: string, detail: string): void {
  process.emitWarning(message, { type: 'GossipWarning', detail });
}

/** `Math.random`, for shuffles and staggers. */
export function systemRng(): Rng {
  return { next: () => Math.random() };
}

/**
 * The system's secure generator, read in pools so that a nonce for every packet costs nanoseconds instead of a system
 * call. Every byte is handed out once.
 */
export function systemEntropy(): Entropy {
  const pool = new Uint8Array(entropyPoolBytes);
  let used = entropyPoolBytes;
  return {
    bytes: (count) => {
      if (count > entropyPoolBytes) return randomFillSync(new Uint8Array(count));
      if (used + count > entropyPoolBytes) {
        randomFillSync(pool);
        used = 0;
      }
      // A copy, because the pool is filled again.
      const bytes = pool.slice(used, used + count);
      used += count;
      return bytes;
    },
  };
}

const ignore = (): void => undefined;

/** Discards every line. */
export const silentLogger: Logger = {
  error: ignore,
  warn: ignore,
  info: ignore,
  debug: ignore,
  trace: ignore,
};
