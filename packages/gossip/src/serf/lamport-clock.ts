/**
 * The largest jump of a witnessed time. A pool that is farther ahead would have sent four billion messages, so a
 * larger jump comes from a hostile or broken peer (gossip.md 8.20).
 */
export const lamportJumpMax = 2 ** 32;

/** No later time is witnessed, so that increments for our own messages stay safe integers. */
const lamportTimeMax = Number.MAX_SAFE_INTEGER - lamportJumpMax;

/**
 * A Lamport clock: each message gets a later time than all messages that its sender received before. Source: serf
 * lamport.go.
 */
export class LamportClock {
  #time = 1;

  /** The time of the next message. Never goes back. */
  get time(): number {
    return this.#time;
  }

  /** Moves on by one and returns the new time. */
  increment(): number {
    this.#time += 1;
    return this.#time;
  }

  /**
   * Moves the clock past a received time. Returns false, and changes nothing, when the time is too far ahead: the
   * caller must then ignore the whole message.
   */
  witness(seen: number): boolean {
    if (seen > this.#time + lamportJumpMax || seen > lamportTimeMax) return false;
    if (seen >= this.#time) this.#time = seen + 1;
    return true;
  }
}
