/** A map of at most `sizeMax` entries. Setting a key makes it the newest; beyond the maximum the oldest entry is dropped. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #sizeMax: number;

  constructor(sizeMax: number) {
    super();
    this.#sizeMax = sizeMax;
  }

  override set(key: K, value: V): this {
    this.delete(key);
    super.set(key, value);
    dropOldest(this, this.#sizeMax);
    return this;
  }
}

/** A set of at most `sizeMax` values. Adding a value makes it the newest; beyond the maximum the oldest is dropped. */
export class BoundedSet<T> extends Set<T> {
  readonly #sizeMax: number;

  constructor(sizeMax: number) {
    super();
    this.#sizeMax = sizeMax;
  }

  override add(value: T): this {
    this.delete(value);
    super.add(value);
    dropOldest(this, this.#sizeMax);
    return this;
  }
}

/** Maps and sets iterate in the order of insertion, so the first key is the oldest. */
function dropOldest<K>(entries: Map<K, unknown> | Set<K>, sizeMax: number): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= sizeMax) return;
    entries.delete(oldest);
  }
}
