/** So many joins within the window are a mass join, more than gossip was made for. */
const joinsMin = 8;
const windowMs = 5_000;
/** The extra push/pull begins at a random time between these two, when the gossip has calmed down. */
const earliestMs = 3_000;
const latestMs = 12_000;

/**
 * Recognizes a mass join, as when a partition heals. Gossip sends each join a fixed number of times, and a few members
 * in a thousand miss one. They would learn of it by their next push/pull, which is minutes away in a large pool.
 */
export class MassJoin {
  #sinceMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** Counts a member that joined or returned. True once per window: when it makes the joins a mass join. */
  memberJoined(nowMs: number): boolean {
    if (nowMs - this.#sinceMs > windowMs) {
      this.#sinceMs = nowMs;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count === joinsMin;
  }
}

/** How long after a mass join the extra push/pull begins. `random` is in [0, 1). */
export function massJoinDelayMs(random: number): number {
  return earliestMs + random * (latestMs - earliestMs);
}
