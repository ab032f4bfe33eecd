import type { RpcMethods } from '@hobnob/catalog';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AgentPort } from '../agent-port.ts';
import { Turns } from '../async/turns.ts';
import { askCatalog, dropMeta, type Exchange, type ReadMethod } from './answer.ts';
import { CachedReads, hit, miss } from './cached-reads.ts';
import { addEndpoint } from './endpoints.ts';
import { HttpError } from './error-reply.ts';
import { wantsGzip } from './gzip-replies.ts';
import type { WriteJson } from './json-body.ts';
import { LargeAnswers } from './large-answers.ts';
import { refuseNamespace } from './namespaces.ts';
import { type ReadOptions, readOptions } from './query-options.ts';
import { restOfPath } from './request.ts';
import { type SendParts, sendAnswer } from './send-answer.ts';
import { sendOwn } from './send-own.ts';
import { waitDeadlineMs } from './wait-deadline.ts';

/** What the routes of the catalog's reads have in common. */

export type ReadPort = Pick<AgentPort, 'rpc' | 'catalog' | 'place'>;

/** A route that answers one read. */
export interface ReadRoute<M extends ReadMethod> {
  /** A fastify path; with `/*` at the end, what follows is the name that is asked for. */
  readonly url: string;
  /** What the name is called when it is missing; without this a name may be missing. */
  readonly named?: string;
  readonly method: M;
  /** Whether Consul's agent can keep this answer for `?cached`. */
  readonly isCacheable?: boolean;
  /** Whether a namespace is passed over instead of refused: nodes belong to none. */
  readonly ignoresNamespace?: boolean;
  /** Whether the answer that there is nothing has the headers about the read for every client. */
  readonly showsMissing?: boolean;
  readonly ask: (asked: AskedRead) => RpcMethods[M]['request'];
  /** Undefined when there is nothing: 404 without a body. */
  readonly show: (
    reply: RpcMethods[M]['reply'],
    exchange: Exchange,
  ) => WriteJson | undefined | Promise<WriteJson | undefined>;
}

/** A read as its route sees it. */
export interface AskedRead {
  readonly request: FastifyRequest;
  readonly query: ReadOptions['query'];
  /** What follows the route's path; '' for a route without a name. */
  readonly name: string;
}

export type AddRead = <M extends ReadMethod>(route: ReadRoute<M>) => void;

/** Answers a request with what a read finds. */
export type AnswerRead = <M extends ReadMethod>(
  route: Omit<ReadRoute<M>, 'url'>,
  exchange: Exchange,
  name: string,
) => Promise<FastifyReply>;

/** What all routes of reads share: an agent has one, so that its bounds are those of the whole process. */
export interface CatalogReads {
  readonly addRead: AddRead;
  /** For a path on which the read depends on the request. */
  readonly answerRead: AnswerRead;
  readonly cached: CachedReads;
  readonly turns: Turns;
  /** Sends a long answer that is no read's. */
  readonly sendLong: (exchange: Exchange, write: WriteJson) => Promise<FastifyReply>;
}

/** The reads of one agent. */
export function readsOf(app: FastifyInstance, port: ReadPort): CatalogReads {
  const cached = new CachedReads(() => performance.now());
  const { catalog } = port;
  const parts = { catalog, turns: catalog?.turns ?? new Turns(), large: new LargeAnswers() };
  const answerRead = answererOf(port, cached, parts);
  const addRead: AddRead = (route) =>
    addEndpoint(app, {
      method: 'GET',
      url: route.url,
      handler: (request, reply) =>
        answerRead(route, { request, reply }, route.url.endsWith('/*') ? restOfPath(request) : ''),
    });
  return {
    addRead,
    answerRead,
    cached,
    turns: parts.turns,
    sendLong: (exchange, write) => sendOwn(parts, exchange, write),
  };
}

function answererOf(port: ReadPort, cached: CachedReads, parts: SendParts): AnswerRead {
  const { catalog } = port;
  return async (route, exchange, name) => {
    const { named, method, isCacheable = false, ignoresNamespace = false, ask, show } = route;
    const { request, reply } = exchange;
    if (!ignoresNamespace) refuseNamespace(request);
    const options = withTimeLeft(readOptions(request, port.place), exchange, catalog);
    if (named !== undefined && name === '') throw new HttpError('HTTP_BAD_REQUEST', `Missing ${named}`);
    const body = ask({ request, query: options.query, name });
    const isKnown = isCacheable && options.isCached && cached.isKnown(method, body);
    const answered = await askCatalog(port, exchange, { method, request: body, options });
    if (answered === undefined) return reply;
    const write = await show(answered.reply, exchange);
    if (write === undefined) return answerNothing(exchange, route.showsMissing);
    const isCachedRead = isCacheable && options.isCached;
    if (isCachedRead) cached.add(method, body);
    return sendAnswer(parts, exchange, {
      answered,
      options,
      write,
      own: isCachedRead ? (isKnown && answered.hasWaited !== true ? hit(0) : miss) : [],
      repeated: isCachedRead ? hit(0) : [],
    });
  };
}

/** Consul sends the headers about the read to clients that ask for gzip alone: Go's do, and read them. */
function answerNothing({ request, reply }: Exchange, showsMissing = false): FastifyReply {
  return (showsMissing || wantsGzip(request) ? reply : dropMeta(reply)).status(404).send();
}

const nsPerMs = 1_000_000n;

/** Of a read that has waited before it came here, what is left of its time. */
function withTimeLeft(
  options: ReadOptions,
  { request }: Exchange,
  catalog: ReadPort['catalog'],
): ReadOptions {
  const deadlineMs = waitDeadlineMs(request.raw);
  if (deadlineMs === undefined || catalog === undefined) return options;
  // Without a time the default would begin.
  const leftMs = Math.max(1, Math.round(deadlineMs - catalog.clock.nowMs()));
  return { ...options, query: { ...options.query, MaxQueryTime: BigInt(leftMs) * nsPerMs } };
}
