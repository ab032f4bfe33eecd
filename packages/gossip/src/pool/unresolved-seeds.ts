import { BoundedMap } from '../bounded-map.ts';
import type { JoinFailure } from '../gossip.ts';
import type { Clock, Logger } from '../ports.ts';

/** A seed is logged at most once in this time, although a join may be retried every 30 seconds. */
const repeatMs = 10 * 60 * 1000;
const seedsMax = 256;

/** Logs seeds that are invalid or cannot be resolved, which other seeds that answer would hide: one may be misspelt. */
export class UnresolvedSeeds {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #warnedAtMs = new BoundedMap<string, number>(seedsMax);

  constructor(clock: Pick<Clock, 'nowMs'>, logger: Pick<Logger, 'warn'>) {
    this.#clock = clock;
    this.#logger = logger;
  }

  warn(failures: readonly JoinFailure[]): void {
    const nowMs = this.#clock.nowMs();
    for (const { seed, error } of failures) {
      if (error.code !== 'SEED_UNRESOLVED' && error.code !== 'SEED_INVALID') continue;
      if (nowMs - (this.#warnedAtMs.get(seed) ?? Number.NEGATIVE_INFINITY) < repeatMs) continue;
      this.#warnedAtMs.set(seed, nowMs);
      this.#logger.warn({ seed, reason: error.message }, 'Failed to resolve a seed; continuing without it');
    }
  }
}
