/**
 * Limits incoming streams: `connectionsMax` in all, and half of them (rounded up) for one remote host. So a broken peer
 * cannot shut out the others, and members behind one address (one machine, NAT) still have enough streams.
 */
export class ConnectionLimit {
  readonly #connectionsMax: number;
  readonly #perHostMax: number;
  readonly #countByHost = new Map<string, number>();
  #count = 0;

  constructor(connectionsMax: number) {
    this.#connectionsMax = connectionsMax;
    this.#perHostMax = Math.ceil(connectionsMax / 2);
  }

  /** How many streams are open. */
  get count(): number {
    return this.#count;
  }

  /** Counts a stream of `host`; false when a limit is reached. Each success needs a `release`. */
  tryAcquire(host: string): boolean {
    const ofHost = this.#countByHost.get(host) ?? 0;
    if (this.#count >= this.#connectionsMax || ofHost >= this.#perHostMax) return false;
    this.#countByHost.set(host, ofHost + 1);
    this.#count += 1;
    return true;
  }

  release(host: string): void {
    const ofHost = this.#countByHost.get(host) ?? 0;
    if (ofHost === 0) throw new Error(`${host} has no stream to release`);
    if (ofHost === 1) this.#countByHost.delete(host);
    else this.#countByHost.set(host, ofHost - 1);
    this.#count -= 1;
  }
}
