/** Beyond this many keys the doubling of one hash table would hold the event loop for more than some milliseconds. */
const splitAtDefault = 16_384;
/** A power of two. Tables of ten million keys have 160,000 in each part, which doubles in 20 ms. */
const partsCount = 64;
/** Characters of a key that are looked at to find its part; of a longer one every second, third and so on. */
const sampledMax = 512;

/**
 * Values by key, without an order. A `Map` of a million keys stops for a tenth of a second when it doubles, and takes no more
 * than 16 million; this one is many maps when it is large.
 */
export class KeyHash<V> {
  readonly #splitAt: number;
  #whole: Map<string, V> | undefined = new Map();
  #parts: readonly Map<string, V>[] = [];

  constructor(splitAt = splitAtDefault) {
    this.#splitAt = splitAt;
  }

  get(key: string): V | undefined {
    return this.#mapOf(key).get(key);
  }

  set(key: string, value: V): void {
    this.#mapOf(key).set(key, value);
    if (this.#whole !== undefined && this.#whole.size > this.#splitAt) this.#split(this.#whole);
  }

  /** Whether it was there. */
  delete(key: string): boolean {
    return this.#mapOf(key).delete(key);
  }

  #mapOf(key: string): Map<string, V> {
    return this.#whole ?? (this.#parts[partOf(key)] as Map<string, V>);
  }

  #split(whole: Map<string, V>): void {
    this.#parts = Array.from({ length: partsCount }, () => new Map<string, V>());
    this.#whole = undefined;
    for (const [key, value] of whole) this.#mapOf(key).set(key, value);
  }
}

/** In which part of a large hash a key is. FNV-1a, of characters that are as far from one another as the key is long. */
export function partOf(key: string): number {
  const step = 1 + Math.floor(key.length / sampledMax);
  let hash = 0x811c9dc5;
  for (let at = key.length - 1; at >= 0; at -= step) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) & (partsCount - 1);
}
