import { recentIntentsMax } from '../limits.ts';

/** The newest intent seen for a name that is not a member yet. */
export interface RecentIntent {
  readonly kind: 'join' | 'leave';
  readonly lamportTime: number;
  /** Known only from a push/pull, which lists a leave intent of a live member like a join. */
  readonly isImplied: boolean;
  readonly seenAtMs: number;
}

/**
 * The newest join or leave intent for each name that is not a member yet.
 * Source: serf.go upsertIntent, reapIntents.
 */
export class RecentIntents {
  readonly #byName = new Map<string, RecentIntent>();

  get size(): number {
    return this.#byName.size;
  }

  get(name: string): RecentIntent | undefined {
    return this.#byName.get(name);
  }

  /** Stores the intent if it is new and the table has room. Returns whether it was stored. */
  store(name: string, intent: RecentIntent): boolean {
    const known = this.#byName.get(name);
    if (known !== undefined && !isNew(intent, known)) return false;
    if (known === undefined && this.#byName.size >= recentIntentsMax) return false;
    this.#byName.set(name, intent);
    return true;
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }

  /** Drops the intents received before `beforeMs`. */
  expire(beforeMs: number): void {
    for (const [name, { seenAtMs }] of this.#byName) if (seenAtMs < beforeMs) this.#byName.delete(name);
  }
}

/** A leave intent is also new at the time of a join that a push/pull implied. */
function isNew(intent: RecentIntent, known: RecentIntent): boolean {
  if (intent.lamportTime !== known.lamportTime) return intent.lamportTime > known.lamportTime;
  return intent.kind === 'leave' && known.kind === 'join' && known.isImplied;
}
