import { CatalogError } from '../errors.ts';
import type { Coordinate } from '../records/index.ts';
import { listCoordinates, nodeCoordinates } from '../store/queries/coordinates.ts';
import type { Tables } from '../store/tables.ts';
import { checkDatacenter, type EndpointContext, type Handler, mapAnswer, read } from './context.ts';
import type { CoordinateBatches } from './coordinate-batches.ts';
import type { RpcMethods } from './methods.ts';

type Of<M extends keyof RpcMethods> = Handler<RpcMethods[M]['request'], RpcMethods[M]['reply']>;

/** Serf's coordinates have so many dimensions. */
const dimensionsCount = 8;

/** Consul's Coordinate endpoint. Sources: consensus-and-rpc.md 3.12, 6.5. */
export function coordinateEndpoint(context: EndpointContext, batches: CoordinateBatches) {
  return {
    'Coordinate.Update': (async (request) => {
      checkDatacenter(context, request.Datacenter);
      const problem = request.Coord === null ? 'invalid coordinate' : coordinateProblem(request.Coord);
      if (problem !== undefined) throw new CatalogError('CATALOG_REFUSED', problem);
      batches.add(request);
      return { reply: {}, topics: [] };
    }) satisfies Of<'Coordinate.Update'>,

    'Coordinate.ListNodes': (async (request, options) => {
      const ask = (tables: Tables) => mapAnswer(listCoordinates(tables), (Coordinates) => ({ Coordinates }));
      return read(context, { key: ['Coordinate.ListNodes'], request, ask }, options);
    }) satisfies Of<'Coordinate.ListNodes'>,

    'Coordinate.ListDatacenters': (async () => ({
      reply: context.datacenters(),
      topics: [],
    })) satisfies Of<'Coordinate.ListDatacenters'>,

    'Coordinate.Node': (async (request, options) => {
      const ask = (tables: Tables) =>
        mapAnswer(nodeCoordinates(tables, request.Node), (found) => ({
          // Consul writes the name as it was asked for.
          Coordinates: found.map(({ Segment, Coord }) => ({ Node: request.Node, Segment, Coord })),
        }));
      return read(context, { key: ['Coordinate.Node', request.Node], request, ask }, options);
    }) satisfies Of<'Coordinate.Node'>,
  };
}

function coordinateProblem({ Vec, Error: error, Adjustment, Height }: Coordinate): string | undefined {
  const numbers = [...(Vec ?? []), error, Adjustment, Height];
  if (!numbers.every(Number.isFinite)) return 'invalid coordinate';
  return (Vec ?? []).length === dimensionsCount ? undefined : 'incompatible coordinate';
}
