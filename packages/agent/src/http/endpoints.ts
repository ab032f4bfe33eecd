import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HttpError } from './error-reply.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The methods that Consul's router distinguishes; HEAD is refused like any other that an endpoint does not have. */
export const allMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const;

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

export interface Endpoint {
  readonly method: Method;
  /** A fastify path: `/v1/agent/join/*`. */
  readonly url: string;
  readonly handler: Handler;
}

/** Adds an endpoint that answers its one method, describes itself to OPTIONS, and refuses the rest with 405. */
export function addEndpoint(app: FastifyInstance, { method, url, handler }: Endpoint): void {
  addEndpointOfMethods(app, url, { [method]: handler });
}

/** The same for an endpoint of several methods, in the order in which OPTIONS names them. */
export function addEndpointOfMethods(
  app: FastifyInstance,
  url: string,
  handlers: Readonly<Partial<Record<Method, Handler>>>,
): void {
  const own = Object.entries(handlers);
  const allow = ['OPTIONS', ...own.map(([method]) => method)].join(',');
  for (const [method, handler] of own) app.route({ method, url, handler });
  app.route({
    method: allMethods.filter((other) => !Object.hasOwn(handlers, other)),
    url,
    handler: async (request, reply) => {
      reply.header('Allow', allow);
      if (request.method === 'OPTIONS') return reply.send();
      throw new HttpError('HTTP_METHOD', `method ${request.method} not allowed`);
    },
  });
}
