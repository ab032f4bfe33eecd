import type { OrderedMap } from './ordered-map.ts';
import type { Tables } from './tables.ts';
import { type Topic, topics } from './topics.ts';

/** Ends a command that the state does not allow. `apply` undoes the transaction and returns the text as a value. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused';
}

/**
 * Work that may be long: it yields often, and whoever runs it may let others run meanwhile. Nobody but it may change the
 * tables until it ends.
 */
export type Steps<Result = void> = Generator<undefined, Result, undefined>;

/** A key that a session lost when it ended: it may not be locked for a time. Source: consensus-and-rpc.md 5.4. */
export interface LockDelay {
  readonly key: string;
  readonly delayNs: bigint;
}

/** Work that is done at once, where steps are wanted. */
export function* once(work: () => void): Steps {
  work();
  yield;
}

/** Names in the index table that are topics as well. */
type TableName = 'nodes' | 'services' | 'checks' | 'coordinates' | 'kvs' | 'tombstones' | 'sessions';

/** The changes of one command: all of them, or after `rollBack` none. */
export class Transaction {
  readonly index: number;
  readonly tables: Tables;
  /** Keys that sessions lost. */
  readonly lockDelays: LockDelay[] = [];
  readonly #topics = new Set<Topic>();
  readonly #undo: (() => void)[] = [];
  /** The keys of each table that `#undo` knows the old value of. */
  readonly #remembered = new Map<object, Set<string>>();
  readonly #done = new Set<string>();

  constructor(tables: Tables, index: number) {
    this.tables = tables;
    this.index = index;
  }

  /** What changed, for those who wait and for kept answers. */
  get topics(): ReadonlySet<Topic> {
    return this.#topics;
  }

  put<V>(map: OrderedMap<V>, key: string, value: V): void {
    this.#remember(map, key);
    map.set(key, value);
  }

  remove<V>(map: OrderedMap<V>, key: string): void {
    this.#remember(map, key);
    map.delete(key);
  }

  /** Puts `value` under `to` instead of `from`; either key may be missing, for what is added or removed. */
  move<V>(map: OrderedMap<V>, from: string | undefined, to: string | undefined, value: V | undefined): void {
    if (from !== undefined && from !== to) this.remove(map, from);
    if (to !== undefined && value !== undefined) this.put(map, to, value);
  }

  touch(topic: Topic): void {
    this.#topics.add(topic);
  }

  /** True for the first call with this text: for work that one command needs to do once. */
  isFirst(work: string): boolean {
    const sizeBefore = this.#done.size;
    return this.#done.add(work).size > sizeBefore;
  }

  /** Moves the index of a whole table, and so its topic. */
  moveTable(name: TableName): void {
    this.moveIndex(name);
    this.touch(topics[name]);
  }

  /** Moves a named index to this command's. */
  moveIndex(name: string): void {
    if (this.tables.indexes.get(name) !== this.index) this.put(this.tables.indexes, name, this.index);
  }

  *rollBack(): Steps {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      undo();
      yield;
    }
    this.#topics.clear();
    this.lockDelays.length = 0;
  }

  #remember<V>(map: OrderedMap<V>, key: string): void {
    let keys = this.#remembered.get(map);
    if (keys === undefined) {
      keys = new Set();
      this.#remembered.set(map, keys);
    }
    if (keys.has(key)) return;
    keys.add(key);
    const before = map.get(key);
    this.#undo.push(before === undefined ? () => map.delete(key) : () => map.set(key, before));
  }
}
