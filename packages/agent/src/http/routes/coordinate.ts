import type { NodeCoordinate } from '@hobnob/catalog';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CoordinatePort } from '../../agent-port.ts';
import { AgentError } from '../../errors.ts';
import { addEndpoint } from '../endpoints.ts';
import { checkConsistency, readWait } from '../read-options.ts';
import { queryValue, restOfPath } from '../request.ts';

/** Headers that Consul's clients require; they say that the answer comes without a leader. */
const leaderless = { 'X-Consul-Knownleader': 'false', 'X-Consul-Lastcontact': '0' };

/** The routes below /v1/coordinate, answered by this agent alone; none waits for a change. */
export function addCoordinateRoutes(app: FastifyInstance, coordinates: CoordinatePort): void {
  const rowsFor = (request: FastifyRequest): readonly NodeCoordinate[] => {
    checkConsistency(request);
    // There is no wait, but parameters that cannot be read are refused.
    readWait(request);
    const segment = queryValue(request, 'segment');
    const rows = coordinates.nodes(queryValue(request, 'dc') ?? '');
    return segment === undefined ? rows : rows.filter(({ Segment }) => Segment === segment);
  };
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/coordinate/datacenters',
    handler: async (_request, reply) => reply.json(coordinates.datacenters()),
  });
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/coordinate/nodes',
    handler: async (request, reply) => {
      // Read before the headers are set: a refusal does not have them.
      const rows = rowsFor(request);
      return reply.headers(leaderless).json(rows);
    },
  });
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/coordinate/node/*',
    handler: async (request, reply) => {
      const node = restOfPath(request);
      // As Consul's catalog, which ignores case in names and answers with the name that was asked for.
      const rows = rowsFor(request)
        .filter(({ Node }) => Node.toLowerCase() === node.toLowerCase())
        .map((row) => ({ ...row, Node: node }));
      if (rows.length === 0) return reply.status(404).send();
      return reply.headers(leaderless).json(rows);
    },
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/coordinate/update',
    handler: async () => {
      const reason = 'coordinates of other nodes are kept in the catalog, which this version does not have';
      throw new AgentError('AGENT_NO_CATALOG', reason);
    },
  });
}
