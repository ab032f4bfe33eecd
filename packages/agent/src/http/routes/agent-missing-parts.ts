import type { FastifyInstance } from 'fastify';
import type { AgentPort } from '../../agent-port.ts';
import { addEndpoint } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { readOptions } from '../query-options.ts';

/** Requests about Connect and ACLs, which are answered as by a Consul that has both turned off. */
export function addMissingPartRoutes(app: FastifyInstance, { place }: Pick<AgentPort, 'place'>): void {
  for (const url of ['/v1/agent/connect/ca/roots', '/v1/agent/connect/ca/leaf/*']) {
    addEndpoint(app, {
      method: 'GET',
      url,
      handler: async (request) => {
        readOptions(request, place);
        throw new HttpError('HTTP_NO_CONNECT', 'Connect must be enabled in order to use this endpoint');
      },
    });
  }
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/agent/token/*',
    handler: async () => {
      throw new HttpError('HTTP_NO_ACL', 'ACL support disabled');
    },
  });
}
