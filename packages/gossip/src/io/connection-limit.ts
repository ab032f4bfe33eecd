/**
 * Who may open an incoming stream. At most `connectionsMax` are open at once, and one remote host holds at
 * most half of them (rounded up): a single broken peer must not shut out all others, and members that share
 * an address (one machine, NAT) still have far more than the stream or two that each needs.
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

  /** How many places are taken. */
  get count(): number {
    return this.#count;
  }

  /** Takes a place for `host`; false when there is none. Every place taken is given back by `release`. */
  tryAcquire(host: string): boolean {
    const ofHost = this.#countByHost.get(host) ?? 0;
    if (this.#count >= this.#connectionsMax || ofHost >= this.#perHostMax) return false;
    this.#countByHost.set(host, ofHost + 1);
    this.#count += 1;
    return true;
  }

  release(host: string): void {
    const ofHost = this.#countByHost.get(host) ?? 0;
    if (ofHost === 0) throw new Error(`${host} gives back a place that it does not hold`);
    if (ofHost === 1) this.#countByHost.delete(host);
    else this.#countByHost.set(host, ofHost - 1);
    this.#count -= 1;
  }
}
