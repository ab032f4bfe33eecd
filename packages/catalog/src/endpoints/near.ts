import type { Coordinate } from '../records/index.ts';
import { joinKey } from '../store/keys.ts';
import { mapPieces, type Pieces } from '../store/queries/later.ts';
import type { Tables } from '../store/tables.ts';
import type { QuerySource } from './requests.ts';

/** Sorts answers by the estimated distance to a node. Source: consensus-and-rpc.md 5.7. */

type BySegment = ReadonlyMap<string, Coordinate>;

/** What a list is sorted by: the coordinates at the moment of the question. */
export interface Origin {
  readonly source: QuerySource | undefined;
  readonly datacenter: string;
  readonly coordinates: Tables['coordinates'];
}

/** The origin of a request, of the state of now. */
export function originOf(
  { coordinates }: Tables,
  datacenter: string,
  source: QuerySource | undefined,
): Origin {
  return { source, datacenter, coordinates: isNear(source) ? coordinates.clone() : coordinates };
}

function isNear(source: QuerySource | undefined): boolean {
  return source?.Node !== undefined && source.Node !== '';
}

/**
 * `list` with the nearest first, in pieces; nodes without a coordinate come last, and equals keep their order. Unsorted
 * when the source is no node of the datacenter with a coordinate.
 */
export function* nearestFirst<T>(
  { source, datacenter, coordinates }: Origin,
  list: readonly T[],
  nodeOf: (item: T) => string,
): Pieces<readonly T[]> {
  if (source?.Node === undefined || !isNear(source) || source.Datacenter !== datacenter) return list;
  const from = coordinatesOf(coordinates, source.Node);
  if (from.size === 0) return list;
  const distances = new Map<string, number>();
  const distanceOf = (item: T): number => {
    const node = nodeOf(item);
    let distance = distances.get(node);
    if (distance === undefined) {
      distance = distanceNs(from, coordinatesOf(coordinates, node));
      distances.set(node, distance);
    }
    return distance;
  };
  const measured = yield* mapPieces(list, (item) => ({ item, distance: distanceOf(item) }));
  yield;
  const sorted = measured.toSorted((a, b) => (a.distance === b.distance ? 0 : a.distance - b.distance));
  return yield* mapPieces(sorted, ({ item }) => item);
}

function coordinatesOf(coordinates: Tables['coordinates'], node: string): BySegment {
  const found = coordinates.list(joinKey(node));
  return new Map(found.flatMap(({ Segment, Coord }) => (Coord === null ? [] : [[Segment, Coord] as const])));
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
