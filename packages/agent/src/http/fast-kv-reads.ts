import { type Answered, everything, type RpcMethods } from '@hobnob/catalog';
import { DirEntry, type JsonLayout, jsonWriter, listOf } from '@hobnob/catalog/records';
import { keyOf } from '../answers/answer-key.ts';
import { gzip } from '../answers/gzip.ts';
import type { AnswerContent, AnswerForm } from '../answers/kept-answer.ts';
import type { OwnCatalog } from '../answers/own-catalog.ts';
import type { HttpConfig } from '../options.ts';
import { kvPath } from './routes/kv.ts';
import type { HeldExchange } from './waiting-reads.ts';

/** Reads of one key, the commonest questions, without routing and hooks: what is no plain read of a key is left to its route. */

/** What fast reads need. */
export interface FastKvParts {
  readonly catalog: OwnCatalog;
  readonly place: { readonly datacenter: string };
  readonly config: {
    readonly dev: boolean;
    readonly http: Pick<HttpConfig, 'responseHeaders' | 'blockEndpoints'>;
  };
}

/** Answers a request or says that its route must, which may come later. */
export interface FastReads {
  /** False when the target is for its route; `next` is called when the read fails, so that its route says how. */
  take(exchange: HeldExchange, url: string, sending: Sending): boolean;
}

export interface Sending {
  readonly send: (exchange: HeldExchange, form: AnswerForm, status?: number) => void;
  readonly next: () => void;
}

/** Undefined where the operator's settings concern every answer. */
export function fastKvReads(parts: FastKvParts): FastReads | undefined {
  const { responseHeaders, blockEndpoints } = parts.config.http;
  if (Object.keys(responseHeaders).length > 0 || blockEndpoints.length > 0) return undefined;
  return {
    take: (exchange, url, sending) => {
      const read = plainReadOf(url);
      if (read === undefined) return false;
      void answer(parts, { exchange, url, read }, sending);
      return true;
    },
  };
}

/** A read of one key that is written plainly. */
interface KeyRead {
  readonly key: string;
  readonly isRaw: boolean;
  readonly isPretty: boolean;
  readonly consistency: 'leader' | 'stale' | 'consistent';
}

/** No escapes, no empty segments and none of dots alone: the path is what it seems to be. */
const plainKey = /^(?:\.?[\w~@:-][\w~@:.-]*)(?:\/\.?[\w~@:-][\w~@:.-]*)*\/?$/;
/** One parameter, or several, without escapes. */
const plainQuery = /^[\w=&.~:@/-]*$/;
/** Words that make another read of it. */
const leftToRoute: ReadonlySet<string> = new Set([
  ...['index', 'wait', 'keys', 'recurse', 'separator', 'cached', 'max_stale', 'filter', 'ns', 'dc'],
]);

/** Undefined for what its route must read. */
export function plainReadOf(url: string): KeyRead | undefined {
  if (!url.startsWith(kvPath)) return undefined;
  const at = url.indexOf('?');
  const key = at < 0 ? url.slice(kvPath.length) : url.slice(kvPath.length, at);
  if (!plainKey.test(key)) return undefined;
  const query = at < 0 ? '' : url.slice(at + 1);
  if (query === '') return { key, isRaw: false, isPretty: false, consistency: 'leader' };
  if (!plainQuery.test(query)) return undefined;
  const names = new Set(query.split('&').map((parameter) => parameter.split('=', 1)[0] ?? ''));
  for (const name of names) if (leftToRoute.has(name)) return undefined;
  const [isStale, isConsistent] = [names.has('stale'), names.has('consistent')];
  if (isStale && isConsistent) return undefined;
  const consistency = isStale ? 'stale' : isConsistent ? 'consistent' : 'leader';
  return { key, isRaw: names.has('raw'), isPretty: names.has('pretty'), consistency };
}

interface Asked {
  readonly exchange: HeldExchange;
  readonly url: string;
  readonly read: KeyRead;
}

type KeyAnswer = Answered<RpcMethods['KVS.Get']['reply']>;

async function answer(parts: FastKvParts, asked: Asked, { send, next }: Sending): Promise<void> {
  let found: FoundForm;
  try {
    found = await find(parts, asked);
  } catch {
    // The route asks again, and answers with what is wrong.
    next();
    return;
  }
  send(asked.exchange, found.form, found.status);
}

interface FoundForm {
  readonly status: number;
  readonly form: AnswerForm;
}

async function find(parts: FastKvParts, asked: Asked): Promise<FoundForm> {
  const { read } = asked;
  const answered = await ask(parts, read);
  const [entry] = answered.reply.Entries;
  if (entry === undefined) {
    return { status: 404, form: { headers: [...headersOf(answered), 'Content-Length', '0'], body: nothing } };
  }
  const isPretty = read.isPretty || parts.config.dev;
  const make = (): AnswerContent => contentOf(answered, entry, { ...read, isPretty });
  return { status: 200, form: await formOf(parts, asked, answered, make) };
}

const nothing = Buffer.alloc(0);

function ask({ catalog, place }: FastKvParts, { key, consistency }: KeyRead): Promise<KeyAnswer> {
  const request = {
    Datacenter: place.datacenter,
    Key: key,
    Token: '',
    AllowStale: consistency === 'stale',
    RequireConsistent: consistency === 'consistent',
    MinQueryIndex: 0,
  };
  return catalog.ask('KVS.Get', request, { authority: everything, signal: undefined });
}

/** An answer that others may be asking too is kept, as its route would. */
async function formOf(
  { catalog }: FastKvParts,
  { exchange: { isGzip }, url, read }: Asked,
  { topics, asOf, wakesWhenOutdated = false }: KeyAnswer,
  make: () => AnswerContent,
): Promise<AnswerForm> {
  if (read.consistency !== 'consistent' && asOf !== undefined && catalog.leads()) {
    const source = { topics, asOf, wakesWhenOutdated };
    const kept = await catalog.kept.share(keyOf(url, everything), source, async () => make());
    if (kept !== undefined) return isGzip ? kept.gzip() : kept.plain;
  }
  const { headers, body } = make();
  if (!isGzip) return { headers: [...headers, 'Content-Length', String(body.length)], body };
  const bytes = await gzip(body);
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
  { isRaw, isPretty }: Pick<KeyRead, 'isRaw' | 'isPretty'>,
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
