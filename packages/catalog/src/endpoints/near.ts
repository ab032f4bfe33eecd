import type { Coordinate } from '../records/index.ts';
import { nodeCoordinates } from '../store/queries/coordinates.ts';
import type { Tables } from '../store/tables.ts';
import type { QuerySource } from './requests.ts';

/** Sorts answers by the estimated distance to a node. Source: consensus-and-rpc.md 5.7. */

type BySegment = ReadonlyMap<string, Coordinate>;

/**
 * `list` with the nearest first; nodes without a coordinate come last, and equals keep their order. Unsorted when the
 * source is no node of `datacenter` with a coordinate.
 */
export function sortNear<T>(
  tables: Tables,
  datacenter: string,
  source: QuerySource | undefined,
  list: readonly T[],
  nodeOf: (item: T) => string,
): readonly T[] {
  if (source?.Node === undefined || source.Node === '' || source.Datacenter !== datacenter) return list;
  const origin = coordinatesOf(tables, source.Node);
  if (origin.size === 0) return list;
  const distances = new Map<string, number>();
  for (const item of list) {
    const node = nodeOf(item);
    if (!distances.has(node)) distances.set(node, distanceNs(origin, coordinatesOf(tables, node)));
  }
  const distanceOf = (item: T) => distances.get(nodeOf(item)) ?? Number.POSITIVE_INFINITY;
  return list.toSorted((a, b) => {
    const [x, y] = [distanceOf(a), distanceOf(b)];
    return x === y ? 0 : x - y;
  });
}

function coordinatesOf(tables: Tables, node: string): BySegment {
  const { value } = nodeCoordinates(tables, node);
  return new Map(value.flatMap(({ Segment, Coord }) => (Coord === null ? [] : [[Segment, Coord] as const])));
}

/** In whole nanoseconds, as Go's durations are; infinite when there is none. */
function distanceNs(origin: BySegment, other: BySegment): number {
  // A node with one coordinate is a client, and its segment counts; servers are in all segments.
  const [own] = origin.size === 1 ? origin.keys() : [''];
  const [segment = own] = other.size === 1 ? other.keys() : [];
  const [a, b] = [origin.get(segment ?? ''), other.get(segment ?? '')];
  return a === undefined || b === undefined ? Number.POSITIVE_INFINITY : estimateNs(a, b);
}

function estimateNs(a: Coordinate, b: Coordinate): number {
  const [from, to] = [a.Vec ?? [], b.Vec ?? []];
  if (from.length !== to.length) return Number.POSITIVE_INFINITY;
  const squares = from.reduce((sum, part, dimension) => sum + (part - (to[dimension] ?? 0)) ** 2, 0);
  const seconds = Math.sqrt(squares) + a.Height + b.Height;
  const adjusted = seconds + a.Adjustment + b.Adjustment;
  return Math.trunc((adjusted > 0 ? adjusted : seconds) * 1e9);
}
