import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rng } from '../ports.ts';
import { seededEntropy, seededRng } from './seeded-rng.ts';

const draws = (rng: Rng, count = 8): number[] => Array.from({ length: count }, () => rng.next());

test('a seed repeats its numbers, and another seed gives others', () => {
  expect(draws(seededRng(1))).toEqual(draws(seededRng(1)));
  const starts = [0, 1, -1, 2, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  expect(new Set(starts.map((seed) => draws(seededRng(seed)).join())).size).toBe(starts.length);
});

test('the numbers of a seed never change: recorded failures must stay repeatable', () => {
  const rng = seededRng(42);
  expect(Array.from({ length: 4 }, () => rng.next() * 2 ** 32)).toEqual([
    2_728_850_730, 268_437_868, 4_002_966_893, 1_496_633_852,
  ]);
});

test('a fork depends only on the seed and its label, not on earlier draws', () => {
  const fresh = seededRng(7);
  const used = seededRng(7);
  draws(used, 100);
  expect(draws(used.fork('network'))).toEqual(draws(fresh.fork('network')));
  expect(draws(fresh.fork('network'))).not.toEqual(draws(fresh.fork('disk')));
  expect(draws(fresh.fork('network'))).not.toEqual(draws(seededRng(8).fork('network')));
  expect(draws(fresh.fork('a').fork('b'))).not.toEqual(draws(fresh.fork('b').fork('a')));
});

test('numbers are distributed uniformly over [0, 1)', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const buckets = new Array<number>(10).fill(0);
      for (const value of draws(seededRng(seed), 10_000)) {
        const bucket = Math.floor(value * 10);
        buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      }
      expect(buckets).toHaveLength(10);
      // Six standard deviations of a binomial count around its mean of 1,000.
      for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(180);
    }),
    { numRuns: 50 },
  );
});

test('a seed that is no safe integer is refused', () => {
  for (const seed of [0.5, Number.NaN, 2 ** 53]) expect(() => seededRng(seed)).toThrow(RangeError);
});

test('seeded entropy repeats its bytes and uses the whole range', () => {
  const entropy = seededEntropy(seededRng(3));
  const bytes = entropy.bytes(5_000);
  expect(seededEntropy(seededRng(3)).bytes(5_000)).toEqual(bytes);
  expect(new Set(bytes).size).toBe(256);
  expect(entropy.bytes(0)).toHaveLength(0);
});
