import { type DirEntry, type KvsRequest, keyToBytes, type Session } from '../records/index.ts';
import type { LockDelay } from '../store/transaction.ts';
import type { NaiveIndexes } from './naive-indexes.ts';
import { NaiveRefused } from './naive-refused.ts';

/** What a command may take back. */
interface KeysCopy {
  readonly entries: readonly DirEntry[];
  readonly tombstones: readonly NaiveTombstone[];
  readonly sessions: readonly Session[];
  readonly lockDelays: readonly LockDelay[];
}

/** A key or a prefix under which something was deleted, and when. */
interface NaiveTombstone {
  readonly key: string;
  readonly index: number;
}

const lockDelayMaxNs = 60_000_000_000n;

/** Keys and sessions as plain lists that are searched from end to end: a part of the naive state. */
export class NaiveKeys {
  /** In no order. */
  entries: DirEntry[] = [];
  tombstones: NaiveTombstone[] = [];
  sessions: Session[] = [];
  /** Keys that the sessions lost which ended in the command. */
  lockDelays: LockDelay[] = [];
  readonly #indexes: NaiveIndexes;

  constructor(indexes: NaiveIndexes) {
    this.#indexes = indexes;
  }

  copy(): KeysCopy {
    const { entries, tombstones, sessions, lockDelays } = this;
    return { entries, tombstones, sessions, lockDelays: [...lockDelays] };
  }

  takeBack({ entries, tombstones, sessions, lockDelays }: KeysCopy): void {
    this.entries = [...entries];
    this.tombstones = [...tombstones];
    this.sessions = [...sessions];
    this.lockDelays = [...lockDelays];
  }

  /** Whether a KVS command did what it says; false for those that always do. */
  apply({ Op, DirEnt }: KvsRequest): boolean {
    if (Op === 'set') this.set(DirEnt);
    else if (Op === 'delete') this.delete(DirEnt.Key);
    else if (Op === 'delete-tree') this.deleteTree(DirEnt.Key);
    else if (Op === 'cas') return this.cas(DirEnt) !== undefined;
    else if (Op === 'delete-cas') return this.deleteCas(DirEnt);
    else if (Op === 'lock') return this.lock(DirEnt) !== undefined;
    else if (Op === 'unlock') return this.unlock(DirEnt) !== undefined;
    else throw new NaiveRefused(`Invalid KVS operation '${Op}'`);
    return false;
  }

  get(key: string): DirEntry | undefined {
    return this.entries.find((entry) => entry.Key === key);
  }

  /** In the order of the keys' bytes. */
  under(prefix: string): DirEntry[] {
    return this.entries.filter(({ Key }) => beginsWith(Key, prefix)).sort((a, b) => order(a.Key, b.Key));
  }

  set(given: DirEntry): DirEntry {
    return this.#put({ ...given, Session: this.get(given.Key)?.Session ?? '' });
  }

  cas(given: DirEntry): DirEntry | undefined {
    return (this.get(given.Key)?.ModifyIndex ?? 0) === given.ModifyIndex ? this.set(given) : undefined;
  }

  lock(given: DirEntry): DirEntry | undefined {
    if (given.Session === '') throw new NaiveRefused('missing session');
    mustBeId(given.Session);
    if (!this.sessions.some(({ ID }) => ID === given.Session)) {
      throw new NaiveRefused(`invalid session "${given.Session}"`);
    }
    const { Session: holder = '', LockIndex = 0 } = this.get(given.Key) ?? {};
    if (holder !== '' && holder !== given.Session) return undefined;
    return this.#put({ ...given, LockIndex: holder === '' ? LockIndex + 1 : LockIndex });
  }

  unlock(given: DirEntry): DirEntry | undefined {
    if (given.Session === '') throw new NaiveRefused('missing session');
    const existing = this.get(given.Key);
    if (existing?.Session !== given.Session) return undefined;
    return this.#put({ ...given, Session: '', LockIndex: existing.LockIndex });
  }

  delete(key: string): void {
    if (this.get(key) !== undefined) this.#remove((entry) => entry.Key === key, key);
  }

  deleteCas({ Key, ModifyIndex }: DirEntry): boolean {
    const existing = this.get(Key);
    if (existing !== undefined && existing.ModifyIndex !== ModifyIndex) return false;
    this.delete(Key);
    return true;
  }

  deleteTree(prefix: string): void {
    if (this.under(prefix).length > 0) this.#remove(({ Key }) => beginsWith(Key, prefix), prefix);
  }

  reap(lastIndex: number): void {
    const left = this.tombstones.filter(({ index }) => index > lastIndex);
    if (left.length < this.tombstones.length) this.#indexes.move('tombstones');
    this.tombstones = left;
  }

  createSession(given: Session, isStatus: (check: string) => string | undefined, hasNode: boolean): string {
    const Behavior = given.Behavior || 'release';
    if (!['release', 'delete'].includes(Behavior)) {
      throw new NaiveRefused(`Invalid session behavior: ${given.Behavior}`);
    }
    if (!hasNode) throw new NaiveRefused('Missing node registration');
    for (const id of checksOf(given)) {
      const status = isStatus(id);
      if (status === undefined) throw new NaiveRefused(`Missing check '${id}' registration`);
      if (status === 'critical') throw new NaiveRefused(`Check '${id}' is in critical state`);
    }
    const { now } = this.#indexes;
    const others = this.sessions.filter(({ ID }) => ID !== given.ID);
    this.sessions = [...others, { ...given, Behavior, CreateIndex: now, ModifyIndex: now }];
    this.#indexes.move('sessions');
    return given.ID;
  }

  destroySession(id: string): void {
    mustBeId(id);
    this.endSessions(({ ID }) => ID === id);
  }

  /** Ends sessions: their keys are released or deleted, and may not be taken for a time. */
  endSessions(isOver: (session: Session) => boolean): void {
    for (const session of this.sessions.filter(isOver)) {
      this.sessions = this.sessions.filter((other) => other !== session);
      this.#indexes.move('sessions');
      const delayNs = session.LockDelay < lockDelayMaxNs ? session.LockDelay : lockDelayMaxNs;
      for (const entry of this.entries.filter(({ Session }) => Session === session.ID)) {
        if (session.Behavior === 'delete') this.delete(entry.Key);
        else this.#put({ ...entry, Session: '' });
        if (delayNs > 0n) this.lockDelays.push({ key: entry.Key, delayNs });
      }
    }
  }

  #put(given: DirEntry): DirEntry {
    const existing = this.get(given.Key);
    const CreateIndex = existing?.CreateIndex ?? this.#indexes.now;
    // Of the kind that the store keeps, so that both can be compared.
    const Value = given.Value === null || given.Value.length === 0 ? null : Buffer.from(given.Value);
    const entry = { ...given, Value, CreateIndex, ModifyIndex: existing?.ModifyIndex ?? 0 };
    if (existing !== undefined && textOf(existing) === textOf(entry)) return existing;
    const next = { ...entry, ModifyIndex: this.#indexes.now };
    this.entries = [...this.entries.filter((other) => other !== existing), next];
    this.#indexes.move('kvs');
    return next;
  }

  #remove(isGone: (entry: DirEntry) => boolean, tombstone: string): void {
    this.entries = this.entries.filter((entry) => !isGone(entry));
    this.#indexes.move('kvs');
    if (tombstone === '') return;
    const others = this.tombstones.filter(({ key }) => key !== tombstone);
    this.tombstones = [...others, { key: tombstone, index: this.#indexes.now }];
    this.#indexes.move('tombstones');
  }
}

/** The ids of all checks that a session depends on. */
export function checksOf({ NodeChecks, ServiceChecks }: Session): string[] {
  return [...(NodeChecks ?? []), ...(ServiceChecks ?? []).map(({ ID }) => ID)];
}

/** By bytes, as Go does. */
export function beginsWith(key: string, prefix: string): boolean {
  const bytes = Buffer.from(keyToBytes(prefix));
  return bytes.equals(keyToBytes(key).subarray(0, bytes.length));
}

function order(a: string, b: string): number {
  return Buffer.compare(keyToBytes(a), keyToBytes(b));
}

/** Of malformed ids, only those are modelled that are too short. */
function mustBeId(id: string): void {
  if (id.length !== '50000000-0000-0000-0000-000000000001'.length) {
    throw new NaiveRefused('failed session lookup: index error: UUID must be 36 characters');
  }
}

function textOf(entry: DirEntry): string {
  return JSON.stringify({ ...entry, Flags: String(entry.Flags), Value: [...(entry.Value ?? [])] });
}
