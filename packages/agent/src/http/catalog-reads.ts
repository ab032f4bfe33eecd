import type { RpcMethods } from '@hobnob/catalog';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AgentPort } from '../agent-port.ts';
import { askCatalog, type ReadMethod } from './answer.ts';
import { addEndpoint } from './endpoints.ts';
import { HttpError } from './error-reply.ts';
import { type ReadOptions, readOptions } from './query-options.ts';
import { restOfPath } from './request.ts';

/** What the routes of the catalog's reads have in common. */

export type ReadPort = Pick<AgentPort, 'rpc' | 'place'>;

/** A route that answers one read. */
export interface ReadRoute<M extends ReadMethod> {
  /** A fastify path; with `/*` at the end, what follows is the name that is asked for. */
  readonly url: string;
  /** What the name is called when it is missing; without this a name may be missing. */
  readonly named?: string;
  readonly method: M;
  /** Whether Consul's agent can keep this answer for `?cached`. */
  readonly isCacheable?: boolean;
  readonly ask: (asked: AskedRead) => RpcMethods[M]['request'];
  readonly send: (
    reply: FastifyReply,
    answer: RpcMethods[M]['reply'],
    request: FastifyRequest,
  ) => FastifyReply | Promise<FastifyReply>;
}

/** A read as its route sees it. */
export interface AskedRead {
  readonly request: FastifyRequest;
  readonly query: ReadOptions['query'];
  /** What follows the route's path; '' for a route without a name. */
  readonly name: string;
}

export type AddRead = <M extends ReadMethod>(route: ReadRoute<M>) => void;

/** Makes the function that adds reads to `app`. */
export function readsOf(app: FastifyInstance, port: ReadPort, cached: CachedReads): AddRead {
  return ({ url, named, method, isCacheable = false, ask, send }) =>
    addEndpoint(app, {
      method: 'GET',
      url,
      handler: async (request, reply) => {
        const options = readOptions(request, port.place);
        const name = url.endsWith('/*') ? restOfPath(request) : '';
        if (named !== undefined && name === '') throw new HttpError('HTTP_BAD_REQUEST', `Missing ${named}`);
        const body = ask({ request, query: options.query, name });
        const answer = await askCatalog(port, { request, reply }, { method, request: body, options });
        if (answer === undefined) return reply;
        if (isCacheable && options.isCached) cached.setHeaders(reply, method, body);
        return send(reply, answer, request);
      },
    });
}

/** Questions are forgotten beyond this number. */
const questionsMax = 10_000;

/**
 * Which questions came with `?cached` before. Consul's agent keeps their answers and brings them up to date by itself,
 * so that a repeated question is a hit of age 0; ours are computed from the store at no greater age.
 */
export class CachedReads {
  readonly #asked = new Set<string>();

  setHeaders(reply: FastifyReply, method: string, request: object): void {
    const { MinQueryIndex: _index, MaxQueryTime: _wait, ...question } = request as Record<string, unknown>;
    const key = `${method} ${JSON.stringify(question)}`;
    if (this.#asked.has(key)) {
      reply.headers({ 'X-Cache': 'HIT', Age: '0' });
      return;
    }
    if (this.#asked.size >= questionsMax) this.#asked.clear();
    this.#asked.add(key);
    reply.header('X-Cache', 'MISS');
  }
}
