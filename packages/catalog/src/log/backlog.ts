/** How much a log takes before it has answered what came earlier. */
export interface BacklogLimits {
  readonly count: number;
  readonly bytes: number;
}

/**
 * The proposals of a log that have no outcome yet, whether they wait for the disk or for the state machine: one of the two
 * may be far slower than the other, and what waits for either holds memory.
 */
export class Backlog {
  readonly #limits: BacklogLimits;
  #count = 0;
  #bytes = 0;

  constructor(limits: BacklogLimits) {
    this.#limits = limits;
  }

  /** Whether one more of so many bytes may come; one alone always may. */
  hasRoomFor(bytes: number): boolean {
    if (this.#count === 0) return true;
    return this.#count < this.#limits.count && this.#bytes + bytes <= this.#limits.bytes;
  }

  added(bytes: number): void {
    this.#count += 1;
    this.#bytes += bytes;
  }

  /** To be called when one has its outcome. */
  answered(bytes: number): void {
    this.#count -= 1;
    this.#bytes -= bytes;
  }
}
