import { describe, expect, test } from 'vitest';
import { Awareness } from './awareness.ts';

describe("Lifeguard's local health, §IV-A", () => {
  test('stays between 0 and one less than the multiplier, and stretches by one interval a point', () => {
    const health = new Awareness(8, 1000);
    health.apply(-3);
    expect([health.score, health.scaleMs(1000)]).toEqual([0, 1000]);
    health.apply(2);
    expect([health.score, health.scaleMs(1000)]).toEqual([2, 3000]);
    health.apply(100);
    expect([health.score, health.scaleMs(1000)]).toEqual([7, 8000]);
  });

  test('with a multiplier of one is always healthy', () => {
    const health = new Awareness(1, 1000);
    health.apply(5);
    expect(health.score).toBe(0);
  });
});
