import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRng } from '../testing/seeded-rng.ts';
import { pickRandom, shuffle } from './random-choice.ts';

describe('random choice', () => {
  test('picks different items that pass, as many as wanted when the list is short', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 8 }),
        (seed, size, count) => {
          const items = Array.from({ length: size }, (_, i) => i);
          const picked = pickRandom(items, count, seededRng(seed), (item) => item % 2 === 0);
          expect(new Set(picked).size).toBe(picked.length);
          expect(picked.every((item) => item % 2 === 0)).toBe(true);
          expect(picked.length).toBeLessThanOrEqual(count);
          if (size < count * 3) expect(picked.length).toBe(Math.min(count, Math.ceil(size / 2)));
        },
      ),
    );
  });

  test('ends after three draws an item when none passes', () => {
    let calls = 0;
    const items = Array.from({ length: 100 }, (_, i) => i);
    const accept = () => {
      calls += 1;
      return false;
    };
    expect(pickRandom(items, 3, seededRng(1), accept)).toEqual([]);
    expect(calls).toBe(300);
  });

  test('a shuffle keeps all items, and each comes first equally often', () => {
    const rng = seededRng(3);
    const firsts = new Map<number, number>();
    for (let run = 0; run < 3000; run += 1) {
      const shuffled = shuffle([0, 1, 2], rng);
      expect([...shuffled].sort()).toEqual([0, 1, 2]);
      const [first = -1] = shuffled;
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    for (const count of firsts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});
