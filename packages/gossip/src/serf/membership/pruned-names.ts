import { BoundedMap } from '../../collections/bounded-map.ts';
import { prunedNamesMax } from '../limits.ts';

/** The state of a member when it was pruned. */
export interface PrunedName {
  /** The last intent's Lamport time. Intents that are not later come from peers that have not pruned yet. */
  readonly statusTime: number;
  readonly incarnation: number;
  readonly prunedAtMs: number;
}

/**
 * Local tombstones of pruned members. Without them a push/pull with a peer that has not pruned yet would add the name
 * again (gossip.md 8.13). They are never sent.
 */
export class PrunedNames {
  readonly #byName = new BoundedMap<string, PrunedName>(prunedNamesMax);

  get size(): number {
    return this.#byName.size;
  }

  get(name: string): PrunedName | undefined {
    return this.#byName.get(name);
  }

  add(name: string, pruned: PrunedName): void {
    this.#byName.set(name, pruned);
  }

  /** Removes a name and returns its tombstone. */
  take(name: string): PrunedName | undefined {
    const pruned = this.#byName.get(name);
    this.#byName.delete(name);
    return pruned;
  }

  /** Drops the names pruned before `beforeMs`. */
  expire(beforeMs: number): void {
    for (const [name, { prunedAtMs }] of this.#byName) if (prunedAtMs < beforeMs) this.#byName.delete(name);
  }
}
