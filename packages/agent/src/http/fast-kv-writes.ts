import type { IncomingMessage, ServerResponse } from 'node:http';
import { everything } from '@hobnob/catalog';
import { create, DirEntry, type KvOp, KvsRequest } from '@hobnob/catalog/records';
import { acceptsGzip } from '../answers/accepts-gzip.ts';
import { gzip } from '../answers/gzip.ts';
import type { OwnCatalog } from '../answers/own-catalog.ts';
import type { HttpConfig } from '../options.ts';
import type { AgentLogger } from '../ports.ts';
import { errorReply } from './error-reply.ts';
import { logFinished, requestFields } from './request-log.ts';

export interface FastKvWritesParts {
  readonly catalog: Pick<OwnCatalog, 'ask' | 'leads'>;
  readonly datacenter: string;
  /** Whether every answer is written for people. */
  readonly dev: boolean;
  readonly http: Pick<HttpConfig, 'responseHeaders' | 'blockEndpoints' | 'valueBytesMax'>;
  /** Component `agent.http`. */
  readonly logger: AgentLogger;
}

/** A write as its target says it. */
interface Target {
  readonly key: string;
  readonly op: KvOp;
  readonly flags: bigint;
  readonly modifyIndex: number;
  readonly session: string;
}

/** Answers a request, or returns false and leaves it untouched. */
export type TakeRequest = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Writes of keys as most clients send them, before routing: a PUT of a plain key with a length, and of the parameters
 * `flags`, `cas`, `acquire` and `release` alone, in plain digits and ids. What it does not know goes on to the route,
 * which answers the same: fastify takes half of the time of such a write.
 */
export function fastKvWrites({ catalog, datacenter, dev, http, logger }: FastKvWritesParts): TakeRequest {
  if (Object.keys(http.responseHeaders).length > 0 || http.blockEndpoints.length > 0) return () => false;
  const answers = { yes: answerOf('true', dev), no: answerOf('false', dev) };
  return (request, response) => {
    const target = catalog.leads() ? targetOf(request.url ?? '') : undefined;
    const form = target === undefined ? undefined : formOf(request.rawHeaders, http.valueBytesMax);
    if (target === undefined || form === undefined) return false;
    const startedMs = performance.now();
    const write = async (value: Buffer): Promise<void> => {
      try {
        const isDone = await apply(target, value);
        const { gzipped, plain } = isDone ? answers.yes : answers.no;
        logFinished(logger, { request, response, startedMs });
        send(response, 200, form.isGzip ? gzipped : plain);
      } catch (error) {
        const { status, text, unexpected } = errorReply(error);
        logger.error({ ...requestFields(request), error: unexpected ? error : text }, 'Request error');
        send(response, status, await refusalOf(text, form.isGzip));
      }
    };
    readValue(request, form.length, (value) => void write(value));
    return true;
  };

  async function apply({ key, op, flags, modifyIndex, session }: Target, value: Buffer): Promise<boolean> {
    const entry = {
      ...emptyEntry,
      Key: key,
      Flags: flags,
      ModifyIndex: modifyIndex,
      Session: session,
      Value: value.length === 0 ? null : value,
    };
    const body = { ...emptyRequest, Datacenter: datacenter, Op: op, DirEnt: entry };
    const { reply } = await catalog.ask('KVS.Apply', body, { authority: everything });
    return op === 'set' || reply;
  }
}

const emptyEntry = create(DirEntry, {});
const emptyRequest = create(KvsRequest, {});

/** Keys whose bytes stand in the target as they are. */
const plainTarget = /^\/v1\/kv\/([\w\-~:@=+,$./]{1,1024})(?:\?([\w=&-]{1,200}))?$/;
/** What the router would redirect. */
const unclean = /^\/|\/\/|(^|\/)\.{1,2}(\/|$)/;
const digits = /^\d{1,19}$/;
/** Below 2^53. */
const indexDigits = /^\d{1,15}$/;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Undefined for what only the route knows how to read. */
function targetOf(url: string): Target | undefined {
  const [, key, query] = plainTarget.exec(url) ?? [];
  if (key === undefined || unclean.test(key)) return undefined;
  const target: Target = { key, op: 'set', flags: 0n, modifyIndex: 0, session: '' };
  if (query === undefined) return target;
  const seen = new Set<string>();
  return query
    .split('&')
    .reduce<Target | undefined>((known, part) => withParameter(known, part, seen), target);
}

function withParameter(target: Target | undefined, part: string, seen: Set<string>): Target | undefined {
  const at = part.indexOf('=');
  const [name, value] = [part.slice(0, Math.max(at, 0)), part.slice(at + 1)];
  if (target === undefined || seen.has(name)) return undefined;
  seen.add(name);
  if (name === 'flags') return digits.test(value) ? { ...target, flags: BigInt(value) } : undefined;
  // Two of the others contradict one another.
  if (target.op !== 'set') return undefined;
  if (name === 'cas') {
    return indexDigits.test(value) ? { ...target, op: 'cas', modifyIndex: Number(value) } : undefined;
  }
  if (!uuid.test(value)) return undefined;
  if (name === 'acquire') return { ...target, op: 'lock', session: value };
  return name === 'release' ? { ...target, op: 'unlock', session: value } : undefined;
}

/** Headers of which only the route knows what they mean. */
const routeHeaders: ReadonlySet<string> = new Set([
  'cache-control',
  'expect',
  'transfer-encoding',
  'x-consul-namespace',
]);

/** How long the body is, and whether the client asks for gzip; undefined for what only the route knows. */
function formOf(
  headers: readonly string[],
  bytesMax: number,
): { readonly length: number; readonly isGzip: boolean } | undefined {
  let length: number | undefined;
  let isGzip: boolean | undefined;
  for (let at = 0; at < headers.length; at += 2) {
    const [name, value] = [(headers[at] ?? '').toLowerCase(), headers[at + 1] ?? ''];
    if (routeHeaders.has(name)) return undefined;
    if (name === 'content-length') length = Number(value);
    // Of several the first one counts.
    else if (name === 'accept-encoding') isGzip ??= acceptsGzip(value);
  }
  return length !== undefined && length <= bytesMax ? { length, isGzip: isGzip ?? false } : undefined;
}

/** Node ends the connection of a client that sends less, and then there is nobody to answer. */
function readValue(request: IncomingMessage, length: number, done: (value: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.once('end', () => {
    const [first] = chunks;
    done(first !== undefined && first.length === length ? first : Buffer.concat(chunks));
  });
}

/** Headers without the date, and bytes. */
interface Sent {
  readonly headers: readonly string[];
  readonly body: Buffer;
}

function answerOf(text: string, isPretty: boolean): { readonly plain: Sent; readonly gzipped: Sent } {
  const body = Buffer.from(isPretty ? `${text}\n` : text);
  const type = 'application/json';
  // As short as this, gzip's bytes are there at once.
  return { plain: sentOf(body, type, false), gzipped: sentOf(gzip(body) as Buffer, type, true) };
}

async function refusalOf(text: string, isGzip: boolean): Promise<Sent> {
  const body = Buffer.from(text);
  return sentOf(isGzip && body.length > 0 ? await gzip(body) : body, 'text/plain; charset=utf-8', isGzip);
}

function sentOf(body: Buffer, type: string, isGzip: boolean): Sent {
  const encoding = isGzip ? ['Content-Encoding', 'gzip'] : [];
  const length = String(body.length);
  return {
    headers: ['Vary', 'Accept-Encoding', 'Content-Type', type, ...encoding, 'Content-Length', length],
    body,
  };
}

function send(response: ServerResponse, status: number, { headers, body }: Sent): void {
  // The type asks for a mutable array, which Node does not change.
  response.writeHead(status, headers as string[]);
  response.end(body);
}
