import { recentIntentsMax } from '../limits.ts';

/** The newest intent seen for a name that is not a member yet. */
export interface RecentIntent {
  readonly kind: 'join' | 'leave';
  readonly lamportTime: number;
  /** Only a state exchange has told us of it: what it calls a join may be a leave that nobody has followed yet. */
  readonly isImplied: boolean;
  readonly seenAtMs: number;
}

/**
 * Join and leave intents that arrive before their member: one for each name, the newest, for a while.
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

  /** Keeps the intent if it is news about the name. Returns whether it was kept. */
  store(name: string, intent: RecentIntent): boolean {
    const known = this.#byName.get(name);
    if (known !== undefined && !isUpdate(intent, known)) return false;
    if (known === undefined && this.#byName.size >= recentIntentsMax) return false;
    this.#byName.set(name, intent);
    return true;
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }

  /** Forgets the intents seen before `beforeMs`. */
  expire(beforeMs: number): void {
    for (const [name, { seenAtMs }] of this.#byName) if (seenAtMs < beforeMs) this.#byName.delete(name);
  }
}

/** A leave is still news at the time that an exchange implied a join for. */
function isUpdate(intent: RecentIntent, known: RecentIntent): boolean {
  if (intent.lamportTime !== known.lamportTime) return intent.lamportTime > known.lamportTime;
  return intent.kind === 'leave' && known.kind === 'join' && known.isImplied;
}
