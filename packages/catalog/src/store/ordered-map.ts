import sortedBTree from 'sorted-btree';
import { bulkLoad } from 'sorted-btree/extended/bulkLoad.js';
import { KeyHash } from './key-hash.ts';

// CommonJS: its namespace is what is imported.
const BTree = sortedBTree.default;
/** Values by text key, in order; a clone shares all nodes that neither of the two has changed since. */
export type Tree<V> = InstanceType<typeof BTree<string, V>>;

/** By UTF-16 unit. Go compares bytes, which differs only between astral characters and U+E000 to U+FFFF. */
function compareKeys(a: string, b: string): number {
  if (a < b) return -1;
  return a === b ? 0 : 1;
}

export function newTree<V>(): Tree<V> {
  return new BTree<string, V>(undefined, compareKeys);
}

/** The smallest text above all that begin with `prefix`, which does not end in U+FFFF. */
function endOf(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}

/**
 * Values by text key, in order. A clone costs nothing: the two share nodes of the tree until one of them changes.
 * The map that changes also keeps a hash of its keys, which answers `get` about ten times faster than the tree.
 */
export class OrderedMap<V> {
  readonly #tree: Tree<V>;
  /** Everything in the tree; made when the first key is set. */
  #byKey: KeyHash<V> | undefined;

  /** @param byKey Everything in the tree, where the caller has it. */
  constructor(tree: Tree<V> = newTree(), byKey?: KeyHash<V>) {
    this.#tree = tree;
    this.#byKey = byKey;
  }

  get size(): number {
    return this.#tree.size;
  }

  get(key: string): V | undefined {
    return this.#byKey === undefined ? this.#tree.get(key) : this.#byKey.get(key);
  }

  set(key: string, value: V): void {
    this.#hash().set(key, value);
    this.#tree.set(key, value);
  }

  delete(key: string): void {
    if (this.#hash().delete(key)) this.#tree.delete(key);
  }

  /** Visits every entry whose key begins with `prefix`, in order. `visit` must not change the map. */
  scan(prefix: string, visit: (value: V, key: string) => void): void {
    if (prefix === '') this.#tree.forEach(visit);
    else this.#tree.forRange(prefix, endOf(prefix), false, (key, value) => visit(value, key));
  }

  /** The values under `prefix`, in order: for callers that change the map meanwhile. */
  list(prefix: string): V[] {
    const values: V[] = [];
    this.scan(prefix, (value) => values.push(value));
    return values;
  }

  /** All keys, in order: for callers that change the map meanwhile. */
  keys(): readonly string[] {
    return this.#tree.keysArray();
  }

  /** The values of the first keys, at most so many, in order. */
  first(count: number): readonly V[] {
    const { value = [] } = this.pieces('', count).next();
    return value;
  }

  /** True when a key begins with `prefix`, and is not `prefix` itself. */
  has(prefix: string): boolean {
    return this.#tree.nextHigherKey(prefix)?.startsWith(prefix) ?? false;
  }

  /** True when more than `count` keys begin with `prefix`. */
  hasMore(prefix: string, count: number): boolean {
    if (prefix === '') return this.size > count;
    let found = 0;
    this.#tree.forRange(prefix, endOf(prefix), false, () => {
      found += 1;
      return found > count ? { break: true } : undefined;
    });
    return found > count;
  }

  /** The values under `prefix`, in order, so many at a time. The map must not change until the last. */
  *pieces(prefix: string, each: number): Generator<readonly V[], void, undefined> {
    const isAll = prefix === '';
    const end = isAll ? this.#tree.maxKey() : endOf(prefix);
    if (end === undefined) return;
    let from = prefix;
    let values: V[];
    do {
      values = [];
      const take = (key: string, value: V): { readonly break: true } | undefined => {
        values.push(value);
        // The smallest key above this one.
        from = `${key}\0`;
        return values.length < each ? undefined : { break: true };
      };
      this.#tree.forRange(from, end, isAll, take);
      if (values.length > 0) yield values;
    } while (values.length === each);
  }

  clone(): OrderedMap<V> {
    return new OrderedMap(this.#tree.clone());
  }

  #hash(): KeyHash<V> {
    if (this.#byKey === undefined) {
      const byKey = new KeyHash<V>();
      this.#tree.forEach((value, key) => {
        byKey.set(key, value);
      });
      this.#byKey = byKey;
    }
    return this.#byKey;
  }
}

/**
 * Makes a map of many entries: several times faster than one `set` after the other when they come in order, at the price of
 * one step at the end that takes a tenth of a second for a million.
 */
export class BulkLoad<V> {
  readonly #keys: string[] = [];
  readonly #values: V[] = [];
  readonly #byKey = new KeyHash<V>();
  #isSorted = true;
  #last: string | undefined;

  /** The last of equal keys counts. */
  add(key: string, value: V): void {
    if (this.#last !== undefined && key <= this.#last) this.#isSorted = false;
    this.#last = key;
    this.#keys.push(key);
    this.#values.push(value);
    this.#byKey.set(key, value);
  }

  /** To be called once. */
  finish(): OrderedMap<V> {
    if (this.#isSorted) {
      const tree: Tree<V> = bulkLoad(this.#keys, this.#values, nodeSize, compareKeys);
      return new OrderedMap(tree, this.#byKey);
    }
    const map = new OrderedMap<V>();
    for (const [at, key] of this.#keys.entries()) map.set(key, this.#values[at] as V);
    return map;
  }
}

/** As trees have that are not loaded in bulk. */
const nodeSize = 32;
