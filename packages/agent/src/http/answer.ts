import { type Answered, everything, type QueryMeta, type RpcMethod, type RpcMethods } from '@hobnob/catalog';
import type { Infer, Shape } from '@hobnob/catalog/records';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AgentPort } from '../agent-port.ts';
import { listJson, valueJson, type WriteJson } from './json-body.ts';
import { isPretty } from './json-reply.ts';
import type { ReadOptions } from './query-options.ts';

/** Reads of the catalog over HTTP: the call, and the headers about it. */

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

/** A request and its reply. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

const nsPerMs = 1_000_000n;

/**
 * Calls the catalog and sets the headers that every read has; a failed one has them too. A read that waits ends when
 * the socket of its client closes: undefined then, and there is nothing to answer.
 * @throws CatalogError, AgentError.
 */
export async function askCatalog<M extends ReadMethod>(
  port: Pick<AgentPort, 'rpc' | 'catalog'>,
  { request, reply }: Exchange,
  { method, request: body, options }: ReadCall<M>,
): Promise<Answered<RpcMethods[M]['reply']> | undefined> {
  setMeta(reply, { Index: 0, LastContact: 0n, KnownLeader: false });
  const gone = (options.query.MinQueryIndex ?? 0) > 0 ? new AbortController() : undefined;
  const onClose = (): void => gone?.abort(new Error('the client closed its connection'));
  const { socket } = request.raw;
  if (gone !== undefined) socket.once('close', onClose);
  try {
    const answered = await ask(port, method, body, gone?.signal);
    // Thousands may have waited for the same commit.
    if (answered.hasWaited === true) await port.catalog?.turns.next();
    setMeta(reply, answered.reply as QueryMeta);
    if (showsConsistency(request)) reply.header('X-Consul-Effective-Consistency', options.consistency);
    return answered;
  } catch (error) {
    if (gone?.signal.aborted !== true) throw error;
    reply.hijack();
    return undefined;
  } finally {
    socket.off('close', onClose);
  }
}

async function ask<M extends ReadMethod>(
  { rpc, catalog }: Pick<AgentPort, 'rpc' | 'catalog'>,
  method: M,
  request: RpcMethods[M]['request'],
  signal: AbortSignal | undefined,
): Promise<Answered<RpcMethods[M]['reply']>> {
  const options = { authority: everything, signal };
  if (catalog !== undefined) return catalog.ask(method, request, options);
  return { reply: await rpc.call(method, request, options), topics: [] };
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

/** Sends a value of a shape that is not kept. */
export function sendShaped<S extends Shape>(reply: FastifyReply, shape: S, value: Infer<S>): FastifyReply {
  return sendAtOnce(reply, valueJson(shape, value));
}

/** Sends a list that is not kept and takes no long time to write, such as the members of a pool. */
export function sendList<S extends Shape>(
  reply: FastifyReply,
  item: S,
  list: Iterable<Infer<S>>,
): FastifyReply {
  return sendAtOnce(reply, listJson(item, list));
}

function sendAtOnce(reply: FastifyReply, write: WriteJson): FastifyReply {
  const pieces = write(isPretty(reply) ? 'pretty' : 'compact');
  return reply.header('Content-Type', 'application/json').send(Buffer.concat([...pieces]));
}
