import { type Answered, everything, type QueryMeta } from '@hobnob/catalog';
import type { FastifyReply } from 'fastify';
import { keyOf, targetWithoutWait } from '../answers/answer-key.ts';
import type { AnswerContent, KeptAnswer } from '../answers/kept-answer.ts';
import type { OwnCatalog } from '../answers/own-catalog.ts';
import type { Exchange } from './answer.ts';
import { canonicalName } from './go-response.ts';
import { wantsGzip } from './gzip-replies.ts';
import { type BegunJson, ClientGone, type WriteJson } from './json-body.ts';
import type { ReadOptions } from './query-options.ts';
import { begin, hold, type OwnParts, sendBegun, sendOwn, wholeBytesMax } from './send-own.ts';

/** Sends the JSON of a read; what others may be asking too is written once and kept. */

/** What is to be sent. */
export interface ReadAnswer {
  readonly answered: Answered<Pick<QueryMeta, 'Index'>>;
  readonly options: ReadOptions;
  readonly write: WriteJson;
  /** Headers of this answer alone, and those that repeated ones have in their place. Names and values in turn. */
  readonly own: readonly string[];
  readonly repeated: readonly string[];
}

export interface SendParts extends OwnParts {
  readonly catalog: OwnCatalog | undefined;
}

/** Nothing is sent to a client that closes its connection: the work for it ends, and what was written is given up. */
export async function sendAnswer(
  parts: SendParts,
  exchange: Exchange,
  answer: ReadAnswer,
): Promise<FastifyReply> {
  try {
    return await send(parts, exchange, answer);
  } catch (error) {
    if (!(error instanceof ClientGone)) throw error;
    return exchange.reply.hijack();
  }
}

async function send(parts: SendParts, exchange: Exchange, answer: ReadAnswer): Promise<FastifyReply> {
  const { reply } = exchange;
  const { write } = answer;
  if (!reply.hasHeader('Content-Type')) reply.header('Content-Type', 'application/json');
  // Of an answer that turned out to be too large, this caller goes on with what it has.
  const begunByThis: BegunJson[] = [];
  let madeByThis: AnswerContent | undefined;
  const make = async (): Promise<AnswerContent | undefined> => {
    const begun = await begin(parts, exchange, write, wholeBytesMax);
    if (begun.rest === undefined) {
      const { Index: index } = answer.answered.reply;
      madeByThis = { index, headers: [...headersOf(reply), ...answer.repeated], body: begun.begun };
      return madeByThis;
    }
    if (hold(parts, exchange, begun)) begunByThis.push(begun);
    return undefined;
  };
  const kept = await shared(parts.catalog, exchange, answer, make);
  if (kept !== 'too large' && kept !== 'own') {
    if (kept.content !== madeByThis) takeHeaders(reply, kept.content);
    setHeaders(reply, answer.own);
    return sendKept(exchange, kept);
  }
  setHeaders(reply, answer.own);
  if (kept === 'own') return sendOwn(parts, exchange, write);
  // Who knows that the answer is large holds no more of it than its client reads.
  return sendBegun(parts, exchange, begunByThis[0] ?? (await begin(parts, exchange, write, 0)));
}

/** `own`: the answer is not to be shared. */
async function shared(
  catalog: OwnCatalog | undefined,
  { request }: Exchange,
  { answered: { topics, asOf, wakesWhenOutdated = false }, options: { query } }: ReadAnswer,
  make: () => Promise<AnswerContent | undefined>,
): Promise<KeptAnswer | 'too large' | 'own'> {
  if (catalog === undefined || asOf === undefined) return 'own';
  if (query.RequireConsistent === true || !catalog.leads()) return 'own';
  const { originalUrl: url } = request;
  const { socket } = request.raw;
  const target = (query.MinQueryIndex ?? 0) > 0 ? targetWithoutWait(url) : url;
  const key = keyOf(target, everything);
  for (;;) {
    try {
      return (await catalog.kept.share(key, { topics, asOf, wakesWhenOutdated }, make)) ?? 'too large';
    } catch (error) {
      // Who was making it for all went away: another one does.
      if (!(error instanceof ClientGone) || socket.destroyed) throw error;
    }
  }
}

/** Those of the state that the bytes of another caller are of, which may be newer than the one that was asked. */
function takeHeaders(reply: FastifyReply, { headers }: AnswerContent): void {
  setHeaders(reply, headers);
  for (const name of ['X-Cache', 'Age']) reply.removeHeader(name);
}

async function sendKept({ request, reply }: Exchange, kept: KeptAnswer): Promise<FastifyReply> {
  if (!wantsGzip(request)) return reply.send(kept.content.body);
  const { body } = await kept.gzip();
  return reply.header('Content-Encoding', 'gzip').send(body);
}

/** Names and values in turn. */
export function setHeaders(reply: FastifyReply, headers: readonly string[]): void {
  for (let at = 0; at + 1 < headers.length; at += 2) reply.header(headers[at] ?? '', headers[at + 1]);
}

/** The headers that are set so far, in the letter case in which they are sent. */
function headersOf(reply: FastifyReply): readonly string[] {
  const headers: string[] = [];
  for (const [name, value] of Object.entries(reply.getHeaders()))
    headers.push(canonicalName(name), String(value));
  return headers;
}
