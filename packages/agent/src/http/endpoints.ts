import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HttpError } from './error-reply.ts';

type Method = 'GET' | 'PUT';

/** What Consul's router distinguishes; HEAD is refused like any other method that an endpoint does not have. */
const allMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const;

export interface Endpoint {
  readonly method: Method;
  /** A fastify path: `/v1/agent/join/*`. */
  readonly url: string;
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

/** Adds an endpoint that answers its one method, describes itself to OPTIONS, and refuses the rest with 405. */
export function addEndpoint(app: FastifyInstance, { method, url, handler }: Endpoint): void {
  const allow = `OPTIONS,${method}`;
  app.route({ method, url, handler });
  app.route({
    method: allMethods.filter((other) => other !== method),
    url,
    handler: async (request, reply) => {
      reply.header('Allow', allow);
      if (request.method === 'OPTIONS') return reply.send();
      throw new HttpError('HTTP_METHOD', `method ${request.method} not allowed`);
    },
  });
}
