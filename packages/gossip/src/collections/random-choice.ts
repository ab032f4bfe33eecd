import type { Rng } from '../ports.ts';

/** A whole number in [0, bound). */
export function randomBelow(rng: Rng, bound: number): number {
  return Math.floor(rng.next() * bound);
}

/** Fisher-Yates, in place. */
export function shuffle<T>(items: T[], rng: Rng): T[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = randomBelow(rng, last + 1);
    const kept = items[last] as T;
    items[last] = items[other] as T;
    items[other] = kept;
  }
  return items;
}

/**
 * Up to `count` different items that pass `accept`, chosen at random. A short list is shuffled and
 * scanned; a long one is drawn from at most three times its length, so that the cost does not grow
 * with the pool. Source: memberlist util.go kRandomNodes.
 */
export function pickRandom<T>(
  items: readonly T[],
  count: number,
  rng: Rng,
  accept: (item: T) => boolean,
): readonly T[] {
  if (items.length < count * 3) return shuffle(items.filter(accept), rng).slice(0, count);
  const picked: T[] = [];
  for (let draws = 0; draws < items.length * 3 && picked.length < count; draws += 1) {
    const item = items[randomBelow(rng, items.length)] as T;
    if (!picked.includes(item) && accept(item)) picked.push(item);
  }
  return picked;
}
