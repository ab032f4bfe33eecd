/** How many are remembered at most; a power of two, below the number of answers that are kept. */
const placesCount = 8192;

/**
 * Targets that were asked for lately, each as a number in a table of fixed size: a later one may take the place of
 * another, and rarely one is taken for another, which costs no more than an answer that is kept in vain.
 */
export class RecentTargets {
  readonly #hashes = new Int32Array(placesCount);

  /** Remembers a target. Whether it was asked for lately. */
  add(target: string): boolean {
    const hash = hashOf(target);
    const place = hash & (placesCount - 1);
    const isKnown = this.#hashes[place] === hash;
    this.#hashes[place] = hash;
    return isKnown;
  }
}

/** FNV-1a over the text's code units, with the upper bits mixed into the lower ones; never 0, which an empty place has. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) | 0 || 1;
}
