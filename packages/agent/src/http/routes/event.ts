import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseGoDuration } from '../../config/go-duration.ts';
import type { EventWait } from '../../events/event-log.ts';
import type { EventPort } from '../../ports.ts';
import { addEndpoint, addEndpointOfMethods } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { bodyBytes, queryValue, restOfPath } from '../request.ts';

/** How long a list is waited for unless the client says so, and at most. Source: Consul agent/consul/rpc.go. */
const waitMsDefault = 300_000;
const waitMsMax = 600_000;
const indexMax = 2n ** 64n - 1n;

/** Everything below /v1/event. */
export function addEventRoutes(app: FastifyInstance, events: EventPort): void {
  const fire = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const name = restOfPath(request);
    if (name === '') throw new HttpError('HTTP_BAD_REQUEST', 'Missing name');
    reply.type('application/json');
    return events.fire({
      name,
      payload: bodyBytes(request),
      nodeFilter: queryValue(request, 'node') ?? '',
      serviceFilter: queryValue(request, 'service') ?? '',
      tagFilter: queryValue(request, 'tag') ?? '',
      datacenter: queryValue(request, 'dc') ?? '',
    });
  };
  // Clients in use send POST, which real Consul refuses since 1.0.
  addEndpointOfMethods(app, '/v1/event/fire/*', { PUT: fire, POST: fire });
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/event/list',
    handler: async (request, reply) => {
      const wait = waitOf(request);
      const gone = new AbortController();
      const onClose = (): void => gone.abort();
      request.raw.socket.once('close', onClose);
      try {
        const name = queryValue(request, 'name') ?? '';
        const found = await events.list(
          name,
          wait === undefined ? undefined : { ...wait, signal: gone.signal },
        );
        reply.type('application/json').header('X-Consul-Index', String(found.index));
        return found.events;
      } finally {
        request.raw.socket.off('close', onClose);
      }
    },
  });
}

/** What the client knows already and how long it wants to wait; undefined when it wants the list now. */
function waitOf(request: FastifyRequest): Omit<EventWait, 'signal'> | undefined {
  const waitText = queryValue(request, 'wait') ?? '';
  const givenMs = waitText === '' ? 0 : parseGoDuration(waitText);
  if (givenMs === undefined) throw new HttpError('HTTP_BAD_REQUEST', 'Invalid wait time');
  const indexText = queryValue(request, 'index') ?? '';
  if (!/^\d*$/.test(indexText) || BigInt(indexText) > indexMax) {
    throw new HttpError('HTTP_BAD_REQUEST', 'Invalid index');
  }
  const index = BigInt(indexText);
  if (index === 0n) return undefined;
  const timeoutMs = givenMs === 0 ? waitMsDefault : Math.max(0, Math.min(givenMs, waitMsMax));
  return { index, timeoutMs };
}
