import { setImmediate as nextTurn } from 'node:timers/promises';
import { everything, type QueryMeta, type RpcMethod, type RpcMethods } from '@hobnob/catalog';
import { type Infer, type JsonLayout, jsonListPieces, jsonWriter, type Shape } from '@hobnob/catalog/records';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AgentPort } from '../agent-port.ts';
import { isPretty } from './json-reply.ts';
import type { ReadOptions } from './query-options.ts';

/** Reads of the catalog as HTTP answers: the call, the headers about it, and its records as JSON. */

/** The methods whose replies say of which state they are. */
export type ReadMethod = {
  [M in RpcMethod]: RpcMethods[M]['reply'] extends QueryMeta ? M : never;
}[RpcMethod];

/** A read that HTTP asks the catalog. */
export interface ReadCall<M extends ReadMethod> {
  readonly method: M;
  readonly request: RpcMethods[M]['request'];
  readonly options: ReadOptions;
}

/** Writing JSON goes on in the next turn of the event loop after this long. */
const turnMs = 10;
const nsPerMs = 1_000_000n;

/**
 * Calls the catalog and sets the headers that every read has; a failed one has them too. A read that waits ends when
 * the socket of its client closes: undefined then, and there is nothing to answer.
 * @throws CatalogError, AgentError.
 */
export async function askCatalog<M extends ReadMethod>(
  { rpc }: Pick<AgentPort, 'rpc'>,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { method, request: body, options }: ReadCall<M>,
): Promise<RpcMethods[M]['reply'] | undefined> {
  setMeta(reply, { Index: 0, LastContact: 0n, KnownLeader: false });
  const gone = (options.query.MinQueryIndex ?? 0) > 0 ? new AbortController() : undefined;
  const onClose = (): void => gone?.abort(new Error('the client closed its connection'));
  const { socket } = request.raw;
  if (gone !== undefined) socket.once('close', onClose);
  try {
    const answer = await rpc.call(method, body, { authority: everything, signal: gone?.signal });
    setMeta(reply, answer as QueryMeta);
    if (showsConsistency(request)) reply.header('X-Consul-Effective-Consistency', options.consistency);
    return answer;
  } catch (error) {
    if (gone?.signal.aborted !== true) throw error;
    reply.hijack();
    return undefined;
  } finally {
    socket.off('close', onClose);
  }
}

function setMeta(
  reply: FastifyReply,
  { Index, LastContact, KnownLeader }: Pick<QueryMeta, 'Index' | 'LastContact' | 'KnownLeader'>,
): void {
  reply.headers({
    'X-Consul-Index': String(Math.max(Index, 1)),
    'X-Consul-Knownleader': String(KnownLeader),
    'X-Consul-Lastcontact': String(LastContact / nsPerMs),
  });
}

/** Consul sends it for these groups alone. */
function showsConsistency(request: FastifyRequest): boolean {
  return /^\/v1\/(catalog|health)\//.test(request.url);
}

/** Takes back the headers about the read, for answers that Consul sends without them. */
export function dropMeta(reply: FastifyReply): FastifyReply {
  for (const name of ['X-Consul-Index', 'X-Consul-Knownleader', 'X-Consul-Lastcontact'])
    reply.removeHeader(name);
  return reply.removeHeader('X-Consul-Effective-Consistency');
}

/** Sends a value of a shape. */
export function sendShaped<S extends Shape>(reply: FastifyReply, shape: S, value: Infer<S>): FastifyReply {
  const layout = layoutOf(reply);
  return sendJson(reply, layout, [jsonWriter(shape, layout)(value)]);
}

/** Sends a list of records; a long one is written in several turns of the event loop. */
export async function sendList<S extends Shape>(
  reply: FastifyReply,
  item: S,
  list: Iterable<Infer<S>>,
): Promise<FastifyReply> {
  const layout = layoutOf(reply);
  const pieces: Buffer[] = [];
  let startedMs = performance.now();
  for (const piece of jsonListPieces(item, list, layout)) {
    pieces.push(piece);
    if (performance.now() - startedMs < turnMs) continue;
    await nextTurn();
    startedMs = performance.now();
  }
  return sendJson(reply, layout, pieces);
}

function layoutOf(reply: FastifyReply): JsonLayout {
  return isPretty(reply) ? 'pretty' : 'compact';
}

function sendJson(reply: FastifyReply, layout: JsonLayout, pieces: readonly Buffer[]): FastifyReply {
  const [first, ...more] = pieces;
  const end = layout === 'pretty' ? [newline] : [];
  const isWhole = first !== undefined && more.length + end.length === 0;
  return reply
    .header('Content-Type', 'application/json')
    .send(isWhole ? first : Buffer.concat([...pieces, ...end]));
}

const newline = Buffer.from('\n');
