import type { Address } from '../../wire/address.ts';

/** Reaped members remembered; the oldest is forgotten first. A pool's worth of most pools, at 100 bytes each. */
const reapedMembersMax = 1024;

/** Where somebody was last seen. */
export interface LastSeen {
  readonly name: string;
  readonly address: Address;
  /** The share of the pool that knows of it. */
  readonly knownShare: number;
}

/**
 * Members that failed so long ago that they were reaped, and those whom a snapshot tells of until they turn up.
 * Nobody sees them any more, but a partition may outlast the reconnect time, or a restart of one half, and without
 * their addresses the halves could never find each other again. Those that left, or were forced out, are not
 * remembered: they are gone on purpose.
 */
export class ReapedMembers {
  readonly #byName = new Map<string, LastSeen>();

  get size(): number {
    return this.#byName.size;
  }

  add({ name, address, knownShare }: LastSeen): void {
    this.#byName.delete(name);
    this.#byName.set(name, { name, address, knownShare });
    for (const oldest of this.#byName.keys()) {
      if (this.#byName.size <= reapedMembersMax) return;
      this.#byName.delete(oldest);
    }
  }

  /** The name is in use again. */
  delete(name: string): void {
    this.#byName.delete(name);
  }

  list(): readonly LastSeen[] {
    return Array.from(this.#byName.values());
  }
}
