import { UserEventRecord } from '@hobnob/catalog/records';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EventPort } from '../../agent-port.ts';
import { sendList, sendShaped } from '../answer.ts';
import { addEndpoint, addEndpointOfMethods } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { readWait } from '../query-options.ts';
import { queryValue, readBody, restOfPath } from '../request.ts';

/** The routes below /v1/event. */
export function addEventRoutes(app: FastifyInstance, events: EventPort): void {
  const fire = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const name = restOfPath(request);
    if (name === '') throw new HttpError('HTTP_BAD_REQUEST', 'Missing name');
    const fired = await events.fire({
      name,
      payload: await readBody(request),
      nodeFilter: queryValue(request, 'node') ?? '',
      serviceFilter: queryValue(request, 'service') ?? '',
      tagFilter: queryValue(request, 'tag') ?? '',
      datacenter: queryValue(request, 'dc') ?? '',
    });
    return sendShaped(reply, UserEventRecord, fired);
  };
  // Clients in use send POST, which real Consul refuses since 1.0.
  addEndpointOfMethods(app, '/v1/event/fire/*', { PUT: fire, POST: fire });
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/event/list',
    handler: async (request, reply) => {
      const wait = readWait(request);
      const gone = new AbortController();
      const onClose = (): void => gone.abort();
      request.raw.socket.once('close', onClose);
      try {
        const name = queryValue(request, 'name') ?? '';
        const found = await events.list(
          name,
          wait === undefined ? undefined : { ...wait, signal: gone.signal },
        );
        reply.header('X-Consul-Index', String(found.index));
        return sendList(reply, UserEventRecord, found.events);
      } finally {
        request.raw.socket.off('close', onClose);
      }
    },
  });
}
