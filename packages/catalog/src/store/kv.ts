import { quote, timeOf } from '../go/index.ts';
import { type DirEntry, type KvsRequest, keyBytesText } from '../records/index.ts';
import { idKey, sessionIdProblem } from './keys.ts';
import { addTombstone } from './tombstones.ts';
import { topics } from './topics.ts';
import { CommandRefused, type Steps, type Transaction } from './transaction.ts';

/** The key/value store: every operation of KVS. Source: consensus-and-rpc.md 5.5. */

/** Applies a KVS command. Answers Consul's false for a plain set and for deletes that always succeed. */
export function* applyKvs(tx: Transaction, { Op, DirEnt }: KvsRequest): Steps<boolean> {
  switch (Op) {
    case 'set':
      setKey(tx, DirEnt);
      return false;
    case 'cas':
      return setKeyIfUnchanged(tx, DirEnt) !== undefined;
    case 'delete':
      deleteKey(tx, DirEnt.Key);
      return false;
    case 'delete-cas':
      return deleteKeyIfUnchanged(tx, DirEnt);
    case 'delete-tree':
      yield* deleteTree(tx, DirEnt.Key);
      return false;
    case 'lock':
      return lockKey(tx, DirEnt) !== undefined;
    case 'unlock':
      return unlockKey(tx, DirEnt) !== undefined;
    default:
      throw new CommandRefused(`Invalid KVS operation '${Op}'`);
  }
}

/** Sets value and flags. Who holds the key goes on to hold it; how often it was taken is what `given` says. */
export function setKey(tx: Transaction, given: DirEntry): DirEntry {
  const existing = entryOf(tx, given.Key);
  return write(tx, existing, { ...given, Session: existing?.Session ?? '' });
}

/** As `setKey`, if the key has the ModifyIndex of `given`, or is missing where that is 0; otherwise undefined. */
export function setKeyIfUnchanged(tx: Transaction, given: DirEntry): DirEntry | undefined {
  const existing = entryOf(tx, given.Key);
  return (existing?.ModifyIndex ?? 0) === given.ModifyIndex ? setKey(tx, given) : undefined;
}

/**
 * Gives the key to the session of `given`; undefined when another session holds it.
 * @throws CommandRefused for a session that does not exist.
 */
export function lockKey(tx: Transaction, given: DirEntry): DirEntry | undefined {
  const { Session } = given;
  if (Session === '') throw new CommandRefused('missing session');
  const problem = sessionIdProblem(Session);
  if (problem !== undefined) throw new CommandRefused(problem);
  if (tx.tables.sessions.get(idKey(Session)) === undefined) {
    throw new CommandRefused(`invalid session ${quote(Session)}`);
  }
  const existing = entryOf(tx, given.Key);
  if (existing === undefined) return write(tx, existing, { ...given, LockIndex: 1 });
  if (existing.Session !== Session && existing.Session !== '') return undefined;
  const taken = existing.Session === Session ? 0 : 1;
  return write(tx, existing, { ...given, LockIndex: existing.LockIndex + taken });
}

/** Takes the key from the session of `given`, and sets value and flags; undefined when it does not hold the key. */
export function unlockKey(tx: Transaction, given: DirEntry): DirEntry | undefined {
  if (given.Session === '') throw new CommandRefused('missing session');
  const existing = entryOf(tx, given.Key);
  if (existing === undefined || existing.Session !== given.Session) return undefined;
  return write(tx, existing, { ...given, Session: '', LockIndex: existing.LockIndex });
}

/** Takes an entry from the session that holds it, and leaves it as it is otherwise. */
export function releaseKey(tx: Transaction, entry: DirEntry): void {
  write(tx, entry, { ...entry, Session: '' });
}

/** Removes a key; one that is not there is removed already. */
export function deleteKey(tx: Transaction, key: string): void {
  const existing = entryOf(tx, key);
  if (existing === undefined) return;
  removeRow(tx, existing);
  addTombstone(tx, key);
  tx.touch(topics.key(key));
  tx.moveTable('kvs');
}

/** True when the key is not there any more: it was missing, or had the ModifyIndex of `given`. */
export function deleteKeyIfUnchanged(tx: Transaction, { Key, ModifyIndex }: DirEntry): boolean {
  const existing = entryOf(tx, Key);
  if (existing === undefined) return true;
  if (existing.ModifyIndex !== ModifyIndex) return false;
  deleteKey(tx, Key);
  return true;
}

/** Removes all keys that begin with `prefix`: one tombstone stands for them, none for the whole store. */
export function* deleteTree(tx: Transaction, prefix: string): Steps {
  const rows = tx.tables.kvs.list(keyBytesText(prefix));
  if (rows.length === 0) return;
  for (const row of rows) {
    removeRow(tx, row);
    yield;
  }
  if (prefix !== '') addTombstone(tx, prefix);
  tx.touch(topics.keyTree(prefix));
  tx.moveTable('kvs');
}

function entryOf({ tables }: Transaction, key: string): DirEntry | undefined {
  return tables.kvs.get(keyBytesText(key));
}

/** Writes a row, unless it would say what it says already. Returns the row as it is now. */
function write(tx: Transaction, existing: DirEntry | undefined, given: DirEntry): DirEntry {
  if (existing !== undefined && hasContent(existing, given)) return existing;
  if (given.Key === '') throw new CommandRefused('failed inserting kvs entry: missing key');
  const key = keyBytesText(given.Key);
  const row: DirEntry = {
    LockIndex: given.LockIndex,
    Key: given.Key,
    Flags: given.Flags,
    Value: keptValue(given.Value),
    Session: given.Session,
    ExpiresAt: given.ExpiresAt,
    CreateIndex: existing?.CreateIndex ?? tx.index,
    ModifyIndex: tx.index,
  };
  tx.put(tx.tables.kvs, key, row);
  moveIndexes(tx, key, existing, row);
  tx.touch(topics.key(given.Key));
  tx.moveTable('kvs');
  return row;
}

function removeRow(tx: Transaction, row: DirEntry): void {
  const key = keyBytesText(row.Key);
  tx.remove(tx.tables.kvs, key);
  moveIndexes(tx, key, row, undefined);
}

/** Most entries belong to no session and stay, so that most writes concern neither index. */
function moveIndexes(
  tx: Transaction,
  key: string,
  from: DirEntry | undefined,
  to: DirEntry | undefined,
): void {
  const { kvsBySession, kvsByExpiry } = tx.tables;
  const place = (group: string | undefined) =>
    group === undefined || group === '' ? undefined : `${group}\0${key}`;
  tx.move(kvsBySession, place(from && idKey(from.Session)), place(to && idKey(to.Session)), to);
  const expiry = (entry: DirEntry | undefined) =>
    place(entry !== undefined && hasExpiry(entry) ? entry.ExpiresAt : undefined);
  tx.move(kvsByExpiry, expiry(from), expiry(to), to);
}

/** A text that is no time, as another program may have written, ends nothing. */
export function hasExpiry({ ExpiresAt }: DirEntry): boolean {
  return ExpiresAt !== '' && !Number.isNaN(timeOf(ExpiresAt));
}

function hasContent(existing: DirEntry, given: DirEntry): boolean {
  return (
    existing.LockIndex === given.LockIndex &&
    existing.Flags === given.Flags &&
    existing.Session === given.Session &&
    existing.ExpiresAt === given.ExpiresAt &&
    isSameValue(existing.Value, given.Value)
  );
}

function isSameValue(a: Uint8Array | null, b: Uint8Array | null): boolean {
  const [length, otherLength] = [a?.length ?? 0, b?.length ?? 0];
  return length === otherLength && (a === null || b === null || Buffer.compare(a, b) === 0);
}

/** A copy that holds no more memory than it needs: what is given is a part of a request. Small ones share slabs. */
export function keptValue(value: Uint8Array | null): Uint8Array | null {
  return value === null || value.length === 0 ? null : Buffer.from(value);
}
