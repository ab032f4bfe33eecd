import fc from 'fast-check';
import { put, type Step } from '../case.ts';
import type { StateRead } from './reads.ts';
import { mostly, someOf } from './values.ts';

/** Coordinates of few nodes, good and bad, and what is asked about them once they are stored. */

const vector = (first: number): readonly number[] => [first, 0, 0, 0, 0, 0, 0, 0];
const coordinate = someOf(
  {
    Vec: mostly([vector(0), vector(0.1), vector(-0.2)], [[], [1], [1, 2, 3, 4, 5, 6, 7, 8, 9], ['x']]),
    Error: mostly([1.5, 0], ['x']),
    Adjustment: mostly([0, 0.01, -0.5], ['x']),
    Height: mostly([0, 1e-5], [-1]),
  },
  ['Vec'],
);
const update = someOf(
  {
    Node: mostly(['x1', 'X2', 'x3'], ['nowhere', '', 5]),
    Segment: mostly(['', 'alpha'], [5]),
    Datacenter: mostly(['dc1'], ['nope']),
    Coord: coordinate,
  },
  ['Node', 'Coord'],
).map((body) => put('/v1/coordinate/update', body));

const register = (Node: string): Step =>
  put('/v1/catalog/register', {
    Node,
    Address: '10.1.0.1',
    NodeMeta: { rack: '1' },
    Service: { Service: 'near' },
  });

/** A sequence of updates for nodes that are there, or not. */
export const coordinateStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: update },
  { weight: 2, arbitrary: fc.constantFrom(register('x1'), register('x2'), register('x3')) },
);

/** Agents store coordinates every five seconds. The agents' own nodes are somewhere else in each. */
export const coordinateReads: readonly StateRead[] = [
  ...['x1', 'x2', 'X3', 'nowhere'].map((name) => `/v1/coordinate/node/${name}`),
  '/v1/coordinate/node/x1?segment=alpha',
  '/v1/coordinate/node/x1?segment=',
  '/v1/catalog/nodes?near=x1&node-meta=rack:1',
  '/v1/catalog/service/near?near=X2',
  '/v1/health/service/near?near=x3',
  '/v1/health/state/any?near=x1&node-meta=rack:1',
].map((path) => ({ path, index: 'eventual' }));
