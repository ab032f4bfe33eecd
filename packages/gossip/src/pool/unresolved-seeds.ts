import type { JoinFailure } from '../gossip.ts';
import type { Clock, Logger } from '../ports.ts';

/** A join that is tried again every half minute warns of a seed once in this time. */
const repeatMs = 10 * 60 * 1000;
const seedsMax = 256;

/** Warns of seeds that are no address, or a name that has none, when others of the list answered: the typing mistake of one. */
export class UnresolvedSeeds {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #warnedAtMs = new Map<string, number>();

  constructor(clock: Pick<Clock, 'nowMs'>, logger: Pick<Logger, 'warn'>) {
    this.#clock = clock;
    this.#logger = logger;
  }

  warn(failures: readonly JoinFailure[]): void {
    const nowMs = this.#clock.nowMs();
    for (const { seed, error } of failures) {
      if (error.code !== 'SEED_UNRESOLVED' && error.code !== 'SEED_INVALID') continue;
      if (nowMs - (this.#warnedAtMs.get(seed) ?? Number.NEGATIVE_INFINITY) < repeatMs) continue;
      if (this.#warnedAtMs.size >= seedsMax) this.#warnedAtMs.clear();
      this.#warnedAtMs.set(seed, nowMs);
      this.#logger.warn({ seed, reason: error.message }, 'Failed to resolve a seed; going on without it');
    }
  }
}
