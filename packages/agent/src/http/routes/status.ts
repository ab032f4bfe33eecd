import { everything } from '@hobnob/catalog';
import type { FastifyInstance } from 'fastify';
import { cacheControlOf } from '../cache-control.ts';
import type { ReadPort } from '../catalog-reads.ts';
import { addEndpoint } from '../endpoints.ts';
import { datacenterOf } from '../query-options.ts';

/** The routes below /v1/status. */
export function addStatusRoutes(app: FastifyInstance, { rpc, place }: ReadPort): void {
  const methods = { leader: 'Status.Leader', peers: 'Status.Peers' } as const;
  for (const [path, method] of Object.entries(methods)) {
    addEndpoint(app, {
      method: 'GET',
      url: `/v1/status/${path}`,
      handler: async (request, reply) => {
        cacheControlOf(request);
        const body = { Datacenter: datacenterOf(request, place) };
        return reply.json(await rpc.call(method, body, { authority: everything }));
      },
    });
  }
}
