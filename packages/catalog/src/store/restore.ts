import {
  type CatalogCoordinate,
  type DirEntry,
  keyBytesText,
  type RegisterRequest,
  type Session,
} from '../records/index.ts';
import { insertCheck } from './checks.ts';
import { idKey, joinKey } from './keys.ts';
import { hasExpiry } from './kv.ts';
import { insertNode } from './nodes.ts';
import { BulkLoad } from './ordered-map.ts';
import { insertService } from './services.ts';
import { insertSession } from './sessions.ts';
import type { Snapshot } from './store.ts';
import { emptyTables, type Tables, type Tombstone } from './tables.ts';
import { byIndexKey } from './tombstones.ts';
import { Transaction } from './transaction.ts';

/**
 * Builds a state from the records of a snapshot: rows keep the indexes that they have, and what is derived from them is
 * made anew. The table of indexes holds what the snapshot says, since it cannot be derived.
 */
export class StateBuilder {
  readonly #tables: Tables = emptyTables();
  /** The keys, where the last step of the load may take long. */
  readonly #bulk: BulkLoad<DirEntry> | undefined;
  readonly #indexes: [string, number][] = [];
  #foreignCount = 0;

  /** @param isBulk Whether `build` may hold the event loop, so that all of it takes less time. */
  constructor(isBulk: boolean) {
    this.#bulk = isBulk ? new BulkLoad() : undefined;
  }

  /** A node, a service of it, or a check of it, which come in this order. */
  addRegistration(request: RegisterRequest): void {
    const { ID, Node, Address, Datacenter, TaggedAddresses, NodeMeta: Meta, Service, Check } = request;
    const tx = this.#begin();
    if (Service === null && Check === null) {
      const { CreateIndex, ModifyIndex } = request;
      insertNode(tx, { ID, Node, Address, Datacenter, TaggedAddresses, Meta, CreateIndex, ModifyIndex });
    }
    if (Service !== null) insertService(tx, Node, Service);
    if (Check !== null) insertCheck(tx, Check);
  }

  addCoordinate(coordinate: CatalogCoordinate): void {
    this.#tables.coordinates.set(joinKey(coordinate.Node, coordinate.Segment), coordinate);
  }

  addSession(session: Session): void {
    insertSession(this.#begin(), session);
  }

  /** The entry is the state's from then on, and its value holds no more memory than it needs. */
  addEntry(entry: DirEntry): void {
    const { kvs, kvsBySession, kvsByExpiry } = this.#tables;
    const key = keyBytesText(entry.Key);
    if (this.#bulk === undefined) kvs.set(key, entry);
    else this.#bulk.add(key, entry);
    if (entry.Session !== '') kvsBySession.set(`${idKey(entry.Session)}\0${key}`, entry);
    if (hasExpiry(entry)) kvsByExpiry.set(`${entry.ExpiresAt}\0${key}`, entry);
  }

  addTombstone(tombstone: Tombstone): void {
    this.#tables.tombstones.set(keyBytesText(tombstone.key), tombstone);
    this.#tables.tombstonesByIndex.set(byIndexKey(tombstone), tombstone);
  }

  /** A record of a kind that has no table here, as it came. */
  addForeign(bytes: Uint8Array): void {
    this.#tables.foreign.set(String(this.#foreignCount).padStart(foreignDigits, '0'), bytes);
    this.#foreignCount += 1;
  }

  setIndex(name: string, index: number): void {
    this.#indexes.push([name, index]);
  }

  /** The state, whose last command is the one at `index`. */
  build(index: number): Snapshot {
    const { indexes } = this.#tables;
    for (const name of indexes.keys()) indexes.delete(name);
    for (const [name, value] of this.#indexes) indexes.set(name, value);
    const kvs = this.#bulk?.finish() ?? this.#tables.kvs;
    return { index, tables: { ...this.#tables, kvs } };
  }

  /** Rows are written one by one: nothing is undone here. */
  #begin(): Transaction {
    return new Transaction(this.#tables, 0);
  }
}

const foreignDigits = 12;
