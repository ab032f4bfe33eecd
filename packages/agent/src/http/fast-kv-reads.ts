import { type Answered, everything, type RpcMethods } from '@hobnob/catalog';
import { DirEntry, type JsonLayout, jsonWriter, listOf } from '@hobnob/catalog/records';
import { keyOf } from '../answers/answer-key.ts';
import { gzipAtOnce } from '../answers/gzip.ts';
import type { AnswerContent, AnswerForm } from '../answers/kept-answer.ts';
import type { OwnCatalog } from '../answers/own-catalog.ts';
import { RecentTargets } from '../answers/recent-targets.ts';
import type { HttpConfig } from '../options.ts';
import { type PlainKeyRead, plainKeyReadOf } from './plain-key-read.ts';
import type { HeldExchange } from './waiting-reads.ts';

/**
 * Reads of one key, the commonest questions, without routing, hooks and promises: they are answered in the turn of the
 * event loop in which they come. What is no plain read of a key is left to its route.
 */

/** What fast reads need. */
export interface FastKvParts {
  readonly catalog: Pick<OwnCatalog, 'askNow' | 'kept'>;
  readonly place: { readonly datacenter: string };
  readonly config: {
    readonly dev: boolean;
    readonly http: Pick<HttpConfig, 'responseHeaders' | 'blockEndpoints'>;
  };
}

/** Answers a request at once, or leaves it to its route. */
export interface FastReads {
  /** False when the request is for its route; then nothing was sent. */
  take(exchange: HeldExchange, url: string, send: SendForm): boolean;
}

export type SendForm = (exchange: HeldExchange, form: AnswerForm, status?: number) => void;

/** Undefined where the operator's settings concern every answer. */
export function fastKvReads(parts: FastKvParts): FastReads | undefined {
  const { responseHeaders, blockEndpoints } = parts.config.http;
  if (Object.keys(responseHeaders).length > 0 || blockEndpoints.length > 0) return undefined;
  const recent = new RecentTargets();
  return {
    take: (exchange, url, send) => {
      const read = plainKeyReadOf(url);
      const answered = read && ask(parts, read);
      if (read === undefined || answered === undefined) return false;
      const [entry] = answered.reply.Entries;
      if (entry === undefined) {
        send(exchange, { headers: [...headersOf(answered), 'Content-Length', '0'], body: nothing }, 404);
        return true;
      }
      if ((entry.Value?.length ?? 0) > valueBytesMax) return false;
      const content = contentOf(answered, entry, { ...read, isPretty: read.isPretty || parts.config.dev });
      // What is asked once is not kept: it would cost more than the answer, and push out what others ask for again.
      if (read.consistency !== 'consistent' && recent.add(url)) keep(parts, url, answered, content);
      send(exchange, formOf(content, exchange.isGzip));
      return true;
    },
  };
}

/** Of larger ones their route writes and packs the answer in several turns of the event loop. */
const valueBytesMax = 16 * 1024;
const nothing = Buffer.alloc(0);

type KeyAnswer = Answered<RpcMethods['KVS.Get']['reply']>;

function ask({ catalog, place }: FastKvParts, { key, consistency }: PlainKeyRead): KeyAnswer | undefined {
  const request = {
    Datacenter: place.datacenter,
    Key: key,
    Token: '',
    AllowStale: consistency === 'stale',
    RequireConsistent: consistency === 'consistent',
    MinQueryIndex: 0,
  };
  try {
    return catalog.askNow('KVS.Get', request, { authority: everything });
  } catch {
    // The route asks again, and answers with what is wrong.
    return undefined;
  }
}

function keep(
  { catalog }: FastKvParts,
  url: string,
  { topics, asOf, wakesWhenOutdated = false }: KeyAnswer,
  content: AnswerContent,
): void {
  if (asOf !== undefined)
    catalog.kept.keep(keyOf(url, everything), { topics, asOf, wakesWhenOutdated }, content);
}

function formOf({ headers, body }: AnswerContent, isGzip: boolean): AnswerForm {
  if (!isGzip) return { headers: [...headers, 'Content-Length', String(body.length)], body };
  const bytes = gzipAtOnce(body);
  const encoded = ['Content-Encoding', 'gzip', 'Content-Length', String(bytes.length)];
  return { headers: [...headers, ...encoded], body: bytes };
}

const nsPerMs = 1_000_000n;

function headersOf({ reply: { Index, KnownLeader, LastContact } }: KeyAnswer): readonly string[] {
  return [
    ...['Vary', 'Accept-Encoding', 'X-Consul-Index', String(Math.max(Index, 1))],
    ...['X-Consul-Knownleader', String(KnownLeader), 'X-Consul-Lastcontact', String(LastContact / nsPerMs)],
  ];
}

const rawHeaders = [
  ...['Content-Security-Policy', 'sandbox', 'Content-Type', 'text/plain'],
  ...['X-Content-Type-Options', 'nosniff'],
];
const jsonHeaders = ['Content-Type', 'application/json'];

const writers: Readonly<Record<JsonLayout, (entries: readonly DirEntry[]) => Buffer>> = {
  compact: jsonWriter(listOf(DirEntry), 'compact'),
  pretty: jsonWriter(listOf(DirEntry), 'pretty'),
};
const newline = Buffer.from('\n');

function contentOf(
  answered: KeyAnswer,
  entry: DirEntry,
  { isRaw, isPretty }: Pick<PlainKeyRead, 'isRaw' | 'isPretty'>,
): AnswerContent {
  const { Index: index } = answered.reply;
  const headers = [...headersOf(answered), ...(isRaw ? rawHeaders : jsonHeaders)];
  if (isRaw) {
    const value = entry.Value ?? nothing;
    return { index, headers, body: Buffer.from(value.buffer, value.byteOffset, value.byteLength) };
  }
  const json = writers[isPretty ? 'pretty' : 'compact']([entry]);
  return { index, headers, body: isPretty ? Buffer.concat([json, newline]) : json };
}
