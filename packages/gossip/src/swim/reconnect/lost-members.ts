import { BoundedMap } from '../../collections/bounded-map.ts';
import { type Address, sameAddress } from '../../wire/address.ts';

/** Lost members remembered whose address another process has; the oldest is dropped first. */
const takenMax = 1_024;
/** The least time between two resyncs, whichever the member. It bounds what pings can make this member do. */
const resyncIntervalMs = 500;

interface TakenAddress {
  readonly at: Address;
  /** The incarnation in which the member was lost. */
  readonly incarnation: number;
}

/** What is known of members that are down here: whose address another process has, and when the last resync began. */
export class LostMembers {
  readonly #taken = new BoundedMap<string, TakenAddress>(takenMax);
  #resyncedAtMs = Number.NEGATIVE_INFINITY;

  /** Whether another process answered at this address, and the member has announced nothing newer since. */
  isAddressTaken(name: string, at: Address, incarnation: number): boolean {
    const taken = this.#taken.get(name);
    return taken !== undefined && sameAddress(taken.at, at) && incarnation <= taken.incarnation;
  }

  addressTaken(name: string, taken: TakenAddress): void {
    this.#taken.set(name, taken);
  }

  mayResync(nowMs: number): boolean {
    return nowMs - this.#resyncedAtMs >= resyncIntervalMs;
  }

  resyncing(name: string, nowMs: number): void {
    this.#taken.delete(name);
    this.#resyncedAtMs = nowMs;
  }
}
