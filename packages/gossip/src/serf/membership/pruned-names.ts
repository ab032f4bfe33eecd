import { prunedNamesMax } from '../limits.ts';

/** What was known of a member when it was pruned. */
export interface PrunedName {
  /** The last intent's Lamport time: what is not newer is an echo from a peer that has not pruned yet. */
  readonly statusTime: number;
  readonly incarnation: number;
  readonly prunedAtMs: number;
}

/**
 * Private tombstones of pruned members. Without them a peer that has not pruned yet brings the name
 * back with every state exchange (gossip.md 8.13). They never go over the wire.
 */
export class PrunedNames {
  readonly #byName = new Map<string, PrunedName>();

  get size(): number {
    return this.#byName.size;
  }

  get(name: string): PrunedName | undefined {
    return this.#byName.get(name);
  }

  /** Remembers a name; beyond the limit the oldest is forgotten. */
  add(name: string, pruned: PrunedName): void {
    this.#byName.delete(name);
    this.#byName.set(name, pruned);
    if (this.#byName.size <= prunedNamesMax) return;
    for (const oldest of this.#byName.keys()) {
      this.#byName.delete(oldest);
      return;
    }
  }

  /** Removes a name and returns what was known of it. */
  take(name: string): PrunedName | undefined {
    const pruned = this.#byName.get(name);
    this.#byName.delete(name);
    return pruned;
  }

  /** Forgets the names pruned before `beforeMs`. */
  expire(beforeMs: number): void {
    for (const [name, { prunedAtMs }] of this.#byName) if (prunedAtMs < beforeMs) this.#byName.delete(name);
  }
}
