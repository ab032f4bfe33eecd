import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRng } from '../../testing/seeded-rng.ts';
import type { Coordinate } from '../../wire/coordinate-codec.ts';
import { Coordinates } from './coordinates.ts';
import { coordinateDistanceMs, origin } from './vivaldi.ts';

const away: Coordinate = { ...origin, vec: [0.01, 0, 0, 0, 0, 0, 0, 0] };

function newCoordinates(): Coordinates {
  return new Coordinates('self', seededRng(1));
}

describe('distance', () => {
  test('adds the distance of the points, both heights and both adjustments, truncated to nanoseconds', () => {
    const near = { ...origin, adjustment: 0.0021234567 };
    expect(coordinateDistanceMs(near, away)).toBe(12.143456);
  });

  test('omits the adjustments when they would make it negative', () => {
    expect(coordinateDistanceMs(origin, { ...away, adjustment: -1 })).toBe(10.02);
  });

  test('throws for different numbers of dimensions', () => {
    expect(() => coordinateDistanceMs(origin, { ...origin, vec: [0] })).toThrow(RangeError);
  });
});

describe('one sample', () => {
  test('moves a new coordinate as the reference implementation does', () => {
    const coordinates = newCoordinates();
    expect(coordinates.observe('peer', away, 20)).toBe(true);
    const { vec, error, height, adjustment } = coordinates.own;
    expect(error).toBeCloseTo(1.374875, 12);
    expect(vec[0]).toBeCloseTo(-0.0012474999015612, 15);
    expect(vec.slice(1)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(height).toBeCloseTo(1.2494998e-5, 11);
    expect(adjustment).toBeCloseTo(2.18250125e-4, 12);
    expect(coordinates.get('peer')).toEqual(away);
    expect(coordinates.get('self')).toBe(coordinates.own);
  });

  test('separates two members at one point in a random direction', () => {
    const coordinates = newCoordinates();
    coordinates.observe('peer', origin, 20);
    expect(Math.hypot(...coordinates.own.vec)).toBeCloseTo(0.125 * (0.02 - 2e-5), 6);
    expect(coordinates.own.height).toBe(1e-5);
  });

  test('uses the first axis when the random direction has no length', () => {
    const coordinates = new Coordinates('self', { next: () => 0.5 });
    coordinates.observe('peer', origin, 20);
    expect(coordinates.own.vec[0]).toBeCloseTo(0.125 * (0.02 - 2e-5), 6);
  });

  test.each<[string, Coordinate, number]>([
    ['another number of dimensions', { ...origin, vec: [0, 0] }, 20],
    ['a NaN', { ...origin, error: Number.NaN }, 20],
    ['an infinity', { ...origin, vec: [Number.POSITIVE_INFINITY, 0, 0, 0, 0, 0, 0, 0] }, 20],
    ['a NaN among its parts', { ...origin, vec: [Number.NaN, 0, 0, 0, 0, 0, 0, 0] }, 20],
    ['a point that no member can drift to', { ...origin, vec: [1e300, 0, 0, 0, 0, 0, 0, 0] }, 20],
    ['an adjustment beyond the bound', { ...origin, adjustment: 1e308 }, 20],
    ['a height beyond the bound', { ...origin, height: 1501 }, 20],
    ['a negative height', { ...origin, height: -1 }, 20],
    ['a negative error', { ...origin, error: -1 }, 20],
    ['a negative round trip', away, -1],
    ['a round trip above ten seconds', away, 10_001],
    ['a round trip of NaN', away, Number.NaN],
  ])('with %s is rejected and changes nothing', (_problem, coordinate, rttMs) => {
    const coordinates = newCoordinates();
    expect(coordinates.observe('peer', coordinate, rttMs)).toBe(false);
    expect(coordinates.own).toBe(origin);
    expect(coordinates.get('peer')).toBeUndefined();
  });
});

test('one delayed round trip among three to a member does not count', () => {
  const [calm, disturbed] = [newCoordinates(), newCoordinates()];
  for (const rttMs of [20, 20, 20]) calm.observe('peer', away, rttMs);
  for (const rttMs of [20, 20, 900]) disturbed.observe('peer', away, rttMs);
  expect(disturbed.own).toEqual(calm.own);
});

test('an invalid coordinate of our own is reset to the origin, once, and counted', () => {
  const coordinates = newCoordinates();
  const absurd = { ...origin, vec: [2e-6, 0, 0, 0, 0, 0, 0, 0], height: 9 };
  expect(coordinates.observe('hostile', absurd, 10_000)).toBe(true);
  expect(coordinates.own).toBe(origin);
  for (let i = 0; i < 25; i += 1) coordinates.observe('peer', away, 20);
  expect(coordinates.resetsCount).toBe(1);
  expect(coordinateDistanceMs(coordinates.own, away)).toBeGreaterThan(5);
});

test('a forgotten member has no coordinate', () => {
  const coordinates = newCoordinates();
  coordinates.observe('peer', away, 20);
  coordinates.forget('peer');
  expect(coordinates.get('peer')).toBeUndefined();
});

test('whatever peers send, our own coordinate stays finite', () => {
  const number = fc.double();
  const sample = fc.record({
    vec: fc.array(number, { minLength: 8, maxLength: 8 }),
    error: number,
    height: number,
    adjustment: number,
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(sample, fc.double({ min: 0, max: 10_000 })), { maxLength: 30 }),
      (samples) => {
        const coordinates = newCoordinates();
        for (const [coordinate, rttMs] of samples) coordinates.observe('peer', coordinate, rttMs);
        const { vec, error, height, adjustment } = coordinates.own;
        expect([...vec, error, height, adjustment].every(Number.isFinite)).toBe(true);
      },
    ),
  );
});
