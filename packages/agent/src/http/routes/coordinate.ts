import { everything } from '@hobnob/catalog';
import { CatalogCoordinate, CoordinateUpdateRequest, DatacenterMap } from '@hobnob/catalog/records';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sendList } from '../answer.ts';
import type { CatalogReads, ReadPort } from '../catalog-reads.ts';
import { addEndpoint } from '../endpoints.ts';
import { listJson } from '../json-body.ts';
import { datacenterOf } from '../query-options.ts';
import { queryValue, readRecord } from '../request.ts';

/** The routes below /v1/coordinate. */
export function addCoordinateRoutes(app: FastifyInstance, port: ReadPort, { addRead }: CatalogReads): void {
  const { rpc, place } = port;
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/coordinate/datacenters',
    handler: async (_request, reply) =>
      sendList(
        reply,
        DatacenterMap,
        await rpc.call('Coordinate.ListDatacenters', {}, { authority: everything }),
      ),
  });
  addRead({
    url: '/v1/coordinate/nodes',
    method: 'Coordinate.ListNodes',
    ignoresNamespace: true,
    ask: ({ query }) => query,
    show: ({ Coordinates }, { request }) => listJson(CatalogCoordinate, inSegment(request, Coordinates)),
  });
  addRead({
    url: '/v1/coordinate/node/*',
    method: 'Coordinate.Node',
    ignoresNamespace: true,
    ask: ({ query, name }) => ({ Node: name, ...query }),
    show: ({ Coordinates }, { request }) => {
      const found = inSegment(request, Coordinates);
      return found.length === 0 ? undefined : listJson(CatalogCoordinate, found);
    },
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/coordinate/update',
    handler: async (request, reply) => {
      const body = await readRecord(request, CoordinateUpdateRequest);
      const Datacenter = queryValue(request, 'dc') || body.Datacenter || datacenterOf(request, place);
      await rpc.call('Coordinate.Update', { ...body, Datacenter }, { authority: everything });
      return reply.send();
    },
  });
}

/** Those of `?segment`, or all. */
function inSegment(
  request: FastifyRequest,
  coordinates: readonly CatalogCoordinate[],
): readonly CatalogCoordinate[] {
  const segment = queryValue(request, 'segment');
  return segment === undefined ? coordinates : coordinates.filter(({ Segment }) => Segment === segment);
}
