import { BoundedMap } from '../../collections/bounded-map.ts';
import type { Address } from '../../wire/address.ts';

/** Reaped members remembered, at 100 bytes each; the oldest is dropped first. Most pools are smaller. */
const reapedMembersMax = 1024;

/** The last known address of a member. */
export interface LastSeen {
  readonly name: string;
  readonly address: Address;
  /** The share of the pool that knows the member. */
  readonly knownShare: number;
}

/**
 * Failed members that were reaped, and the members of the snapshot that were not found again. They are no longer
 * members, but a partition may outlast the reconnect timeout or a restart, and its halves need an address to find
 * each other. Members that left are not remembered.
 */
export class ReapedMembers {
  readonly #byName = new BoundedMap<string, LastSeen>(reapedMembersMax);

  get size(): number {
    return this.#byName.size;
  }

  add({ name, address, knownShare }: LastSeen): void {
    this.#byName.set(name, { name, address, knownShare });
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }

  list(): readonly LastSeen[] {
    return Array.from(this.#byName.values());
  }
}
