import { expect } from 'vitest';
import { createTestCluster, type Rule, type TestCluster } from '../../src/testing/index.ts';

interface Point {
  readonly x: number;
  readonly y: number;
  /** What the access link adds each way, in milliseconds. */
  readonly linkMs: number;
}

/** Twelve members in three places, some behind slow links. */
function placeOf(index: number): Point {
  const center = [
    { x: 0, y: 0 },
    { x: 40, y: 0 },
    { x: 10, y: 60 },
  ][index % 3] ?? { x: 0, y: 0 };
  return { x: center.x + index, y: center.y + (index % 4), linkMs: index % 5 === 0 ? 8 : 1 };
}

function oneWayMs(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y) + a.linkMs + b.linkMs;
}

/** Every transfer takes as long as its way across the plane. */
function geometry(cluster: TestCluster): Rule {
  const places = new Map(cluster.names.map((name, i) => [cluster.addressOf(name).host, placeOf(i)]));
  return ({ from, to }) => {
    const [a, b] = [places.get(from.host), places.get(to.host)];
    if (a === undefined || b === undefined) return { type: 'pass' };
    return { type: 'deliver-after', delayMs: oneWayMs(a, b) - 1 };
  };
}

/**
 * Lets twelve members measure the plane.
 * @returns by which share each estimated round trip differs from the real one, in rising order.
 */
export async function coordinateErrors(seed: number, durationMs: number): Promise<readonly number[]> {
  await using cluster = await createTestCluster({ nodes: 12, seed });
  cluster.addRule(geometry(cluster));
  await cluster.advance(durationMs);
  expect(cluster.names.map((name) => cluster.gossip(name).stats().coordinateResets)).toEqual(
    cluster.names.map(() => 0),
  );
  const errors: number[] = [];
  for (const [i, a] of cluster.names.entries()) {
    for (const [j, b] of cluster.names.entries()) {
      if (j <= i) continue;
      const realMs = 2 * oneWayMs(placeOf(i), placeOf(j));
      const estimatedMs = cluster.gossip('m1').rttMs(a, b) ?? Number.NaN;
      errors.push(Math.abs(estimatedMs - realMs) / realMs);
    }
  }
  return errors.toSorted((a, b) => a - b);
}
