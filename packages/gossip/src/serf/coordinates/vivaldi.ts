import type { Rng } from '../../ports.ts';
import type { Coordinate } from '../../wire/coordinate-codec.ts';

/** Parameters of the algorithm; all members of a pool must agree on them. Source: serf coordinate/config.go. */
const dimensions = 8;
const errorMax = 1.5;
/** How much one sample changes the error and the point. */
const errorGain = 0.25;
const pointGain = 0.25;
const heightMinS = 1e-5;
/** The scale, in seconds, beyond which gravity holds the whole pool near the origin. */
const gravityRho = 150;
/**
 * Ten times the scale of gravity; no member drifts that far. Serf accepts larger coordinates: its estimates overflow,
 * and each such sample resets its own coordinate to the origin.
 */
const coordinateSecondsMax = 10 * gravityRho;
/** Distances, round trips and lengths below this count as zero. */
const zeroThreshold = 1e-6;
const nanosecondsPerSecond = 1e9;

/** The coordinate of a member without samples. */
export const origin: Coordinate = {
  vec: Object.freeze(Array.from({ length: dimensions }, () => 0)),
  error: errorMax,
  height: heightMinS,
  adjustment: 0,
};

/**
 * Whether a coordinate has our number of dimensions and values that the algorithm can produce. Serf also accepts
 * negative errors and heights and any distance, and they displace its own coordinate.
 */
export function isValidCoordinate({ vec, error, height, adjustment }: Coordinate): boolean {
  if (vec.length !== dimensions || !(error >= 0 && Number.isFinite(error)) || height < 0) return false;
  return [...vec, height, adjustment].every((seconds) => Math.abs(seconds) <= coordinateSecondsMax);
}

/** The distance without adjustments, in seconds. Both must have the same number of dimensions. */
export function rawDistanceS(a: Coordinate, b: Coordinate): number {
  return length(difference(a.vec, b.vec)) + a.height + b.height;
}

/**
 * The estimated round trip between two members in milliseconds, in steps of a nanosecond as Serf gives it.
 * @throws RangeError when the numbers of dimensions differ.
 */
export function coordinateDistanceMs(a: Coordinate, b: Coordinate): number {
  if (a.vec.length !== b.vec.length) {
    throw new RangeError(`coordinates of ${a.vec.length} and ${b.vec.length} dimensions have no distance`);
  }
  return Math.trunc(adjustedDistanceS(a, b) * nanosecondsPerSecond) / 1e6;
}

/**
 * The coordinate after a round trip of `rttS` to `other`. It moves towards the measured distance, and farther if our
 * error is large compared with the other's. The adjustment stays. Source: Vivaldi figure 4; serf
 * coordinate/client.go updateVivaldi.
 */
export function pulledBySample(own: Coordinate, other: Coordinate, rttS: number, rng: Rng): Coordinate {
  const distanceS = truncatedDistanceS(own, other);
  const sampleS = Math.max(rttS, zeroThreshold);
  const wrongness = Math.abs(distanceS - sampleS) / sampleS;
  const weight = own.error / Math.max(own.error + other.error, zeroThreshold);
  const gain = errorGain * weight;
  const error = Math.min(errorMax, gain * wrongness + own.error * (1 - gain));
  return pushed({ ...own, error }, pointGain * weight * (sampleS - distanceS), other, rng);
}

/**
 * The coordinate moved slightly to the origin, so that the pool as a whole does not drift. Source: serf
 * updateGravity.
 */
export function pulledByGravity(own: Coordinate, rng: Rng): Coordinate {
  const force = -((truncatedDistanceS(origin, own) / gravityRho) ** 2);
  return pushed(own, force, origin, rng);
}

/** Moves `own` by `force` seconds away from `other`. Source: serf coordinate/coordinate.go ApplyForce. */
function pushed(own: Coordinate, force: number, other: Coordinate, rng: Rng): Coordinate {
  const { unit, lengthS } = directionTo(own.vec, other.vec, rng);
  const vec = own.vec.map((part, i) => part + (unit[i] ?? 0) * force);
  if (lengthS <= zeroThreshold) return { ...own, vec };
  const height = ((own.height + other.height) * force) / lengthS + own.height;
  return { ...own, vec, height: Math.max(heightMinS, height) };
}

interface Direction {
  readonly unit: readonly number[];
  readonly lengthS: number;
}

/** The direction from `from` to `to`. Two equal points get a random one, so that a force can separate them. */
function directionTo(to: readonly number[], from: readonly number[], rng: Rng): Direction {
  const apart = difference(to, from);
  const lengthS = length(apart);
  if (lengthS > zeroThreshold) return { unit: scaled(apart, 1 / lengthS), lengthS };
  const random = to.map(() => rng.next() - 0.5);
  const randomLength = length(random);
  if (randomLength > zeroThreshold) return { unit: scaled(random, 1 / randomLength), lengthS: 0 };
  return { unit: to.map((_, i) => (i === 0 ? 1 : 0)), lengthS: 0 };
}

function adjustedDistanceS(a: Coordinate, b: Coordinate): number {
  const rawS = rawDistanceS(a, b);
  const adjustedS = rawS + a.adjustment + b.adjustment;
  return adjustedS > 0 ? adjustedS : rawS;
}

/** Serf truncates a distance to whole nanoseconds before it computes with it; ours has to give the same results. */
function truncatedDistanceS(a: Coordinate, b: Coordinate): number {
  return Math.trunc(adjustedDistanceS(a, b) * nanosecondsPerSecond) / nanosecondsPerSecond;
}

function difference(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.map((part, i) => part - (b[i] ?? 0));
}

function scaled(vec: readonly number[], factor: number): readonly number[] {
  return vec.map((part) => part * factor);
}

function length(vec: readonly number[]): number {
  return Math.sqrt(vec.reduce((sum, part) => sum + part * part, 0));
}
