import type { Logger } from '../ports.ts';

type Level = 'error' | 'warn' | 'info' | 'debug';

/** How often one message may be logged before it is only counted, and for how long. */
const burstMax = 10;
const windowMs = 10_000;
/** Messages are constants of ours, so there are few of them; the bound only guards against a mistake. */
const messagesMax = 1024;

interface Window {
  readonly startedAtMs: number;
  count: number;
}

/** A logger that no peer can flood: the same message is written at most ten times in ten seconds, the rest is counted. */
export class LimitedLog {
  readonly #logger: Logger;
  readonly #windows = new Map<string, Window>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  write(level: Level, message: string, fields: object, nowMs: number): void {
    const window = this.#windowOf(message, nowMs);
    window.count += 1;
    if (window.count < burstMax) this.#logger[level](fields, message);
    else if (window.count === burstMax) {
      this.#logger[level]({ ...fields, repeating: true }, message);
    }
  }

  #windowOf(message: string, nowMs: number): Window {
    const current = this.#windows.get(message);
    if (current !== undefined && nowMs - current.startedAtMs < windowMs) return current;
    const suppressedCount = (current?.count ?? 0) - burstMax;
    if (suppressedCount > 0)
      this.#logger.warn({ suppressedCount, about: message }, 'log messages were suppressed');
    if (this.#windows.size >= messagesMax) this.#windows.clear();
    const fresh = { startedAtMs: nowMs, count: 0 };
    this.#windows.set(message, fresh);
    return fresh;
  }
}
