import { BoundedMap } from '../collections/bounded-map.ts';
import type { Clock, Logger } from '../ports.ts';

type Level = 'error' | 'warn' | 'info' | 'debug';

/** So many lines of one message are written within a window; the others are only counted. */
const burstMax = 10;
const windowMs = 10_000;
/** Messages are constants of this package, so there are few of them; the bound guards against a mistake. */
const messagesMax = 1024;

interface Window {
  readonly startedAtMs: number;
  count: number;
}

/** A logger that no peer can flood: a message is written at most ten times in ten seconds, and counted beyond that. */
export class LimitedLog {
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #windows = new BoundedMap<string, Window>(messagesMax);

  constructor(logger: Logger, clock: Pick<Clock, 'nowMs'>) {
    this.#logger = logger;
    this.#clock = clock;
  }

  write(level: Level, message: string, fields: object): void {
    const window = this.#windowOf(message);
    window.count += 1;
    if (window.count < burstMax) this.#logger[level](fields, message);
    else if (window.count === burstMax) {
      this.#logger[level]({ ...fields, repeating: true }, message);
    }
  }

  #windowOf(message: string): Window {
    const nowMs = this.#clock.nowMs();
    const current = this.#windows.get(message);
    if (current !== undefined && nowMs - current.startedAtMs < windowMs) return current;
    const suppressedCount = (current?.count ?? 0) - burstMax;
    if (suppressedCount > 0)
      this.#logger.warn({ suppressedCount, about: message }, 'log messages were suppressed');
    const fresh = { startedAtMs: nowMs, count: 0 };
    this.#windows.set(message, fresh);
    return fresh;
  }
}
