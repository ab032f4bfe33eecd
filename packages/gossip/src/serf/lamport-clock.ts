/**
 * The furthest into the future that a time is believed. A pool that really is further ahead would have
 * seen four billion intents; a larger jump is one hostile or broken message (gossip.md 8.20).
 */
export const lamportJumpMax = 2 ** 32;

/** Nothing is witnessed beyond this, so that counting our own messages can never leave the safe integers. */
const lamportTimeMax = Number.MAX_SAFE_INTEGER - lamportJumpMax;

/** A Lamport clock: it orders what was seen before what was said. Source: serf lamport.go. */
export class LamportClock {
  #time = 1;

  /** The time to put into the next message. Never goes back. */
  get time(): number {
    return this.#time;
  }

  /** Moves on by one and returns the new time. */
  increment(): number {
    this.#time += 1;
    return this.#time;
  }

  /**
   * Moves past a time that somebody else has used. Returns false, unchanged, when the time is too far
   * ahead to be believed: the message that carries it must then be ignored as a whole.
   */
  witness(seen: number): boolean {
    if (seen > this.#time + lamportJumpMax || seen > lamportTimeMax) return false;
    if (seen >= this.#time) this.#time = seen + 1;
    return true;
  }
}
