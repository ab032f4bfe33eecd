import { everything } from '@hobnob/catalog';
import { InputError, parseDecimal, parseDuration } from '@hobnob/catalog/go';
import { create, DirEntry, type KvOp, KvsRequest, keyText, listOf } from '@hobnob/catalog/records';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { dropMeta, type Exchange } from '../answer.ts';
import type { AnswerRead, CatalogReads, ReadPort } from '../catalog-reads.ts';
import { addEndpointOfMethods } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { listJson, type WriteJson } from '../json-body.ts';
import { keyOfPath } from '../key-of-path.ts';
import { refuseNamespace } from '../namespaces.ts';
import { datacenterOf, readOptions } from '../query-options.ts';
import { queryValue, readBody } from '../request.ts';

/** Limits of the key/value store. */
export interface KvLimits {
  readonly valueBytesMax: number;
}

/** Where the routes begin. */
export const kvPath = '/v1/kv/';

/** The routes below /v1/kv. Source: Consul agent/kvs_endpoint.go. */
export function addKvRoutes(
  app: FastifyInstance,
  port: ReadPort,
  { answerRead }: CatalogReads,
  limits: KvLimits,
): void {
  addEndpointOfMethods(app, `${kvPath}*`, {
    GET: async (request, reply) => {
      try {
        return await answerGet(answerRead, { request, reply }, port);
      } catch (error) {
        // Unlike those of the catalog, a failed read has no headers about it.
        dropMeta(reply);
        throw error;
      }
    },
    PUT: async (request, reply) => reply.json(await put(request, port, limits)),
    DELETE: async (request, reply) => reply.json(await remove(request, port)),
  });
}

function answerGet(answerRead: AnswerRead, exchange: Exchange, { place }: ReadPort) {
  const { request } = exchange;
  const key = keyOfPath(request, kvPath);
  if (has(request, 'keys')) return answerKeys(answerRead, exchange, key);
  if (has(request, 'recurse')) return answerTree(answerRead, exchange, key);
  if (key !== '') return answerEntry(answerRead, exchange, key);
  readOptions(request, place);
  throw missingKey();
}

function has(request: FastifyRequest, name: string): boolean {
  return queryValue(request, name) !== undefined;
}

function answerEntry(answerRead: AnswerRead, exchange: Exchange, key: string) {
  const { request, reply } = exchange;
  return answerRead(
    {
      method: 'KVS.Get',
      showsMissing: true,
      ask: ({ query }) => ({ Key: key, ...query }),
      show: ({ Entries: [entry] }) => {
        if (entry === undefined) return undefined;
        if (!has(request, 'raw')) return listJson(DirEntry, [entry]);
        // What a browser gets is what a user stored: it must not run there.
        reply.headers({
          'Content-Security-Policy': 'sandbox',
          'Content-Type': 'text/plain',
          'X-Content-Type-Options': 'nosniff',
        });
        return rawBytes(entry.Value);
      },
    },
    exchange,
    key,
  );
}

function rawBytes(value: Uint8Array | null): WriteJson {
  const bytes = value ?? new Uint8Array(0);
  return () => [Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)].values();
}

function answerTree(answerRead: AnswerRead, exchange: Exchange, prefix: string) {
  return answerRead(
    {
      method: 'KVS.List',
      showsMissing: true,
      ask: ({ query }) => ({ Key: prefix, ...query }),
      show: ({ Entries }) => (Entries.length === 0 ? undefined : listJson(DirEntry, Entries)),
    },
    exchange,
    prefix,
  );
}

const Keys = listOf(keyText);

function answerKeys(answerRead: AnswerRead, exchange: Exchange, prefix: string) {
  const separator = queryValue(exchange.request, 'separator') ?? '';
  return answerRead(
    {
      method: 'KVS.ListKeys',
      showsMissing: true,
      ask: ({ query }) => ({ Prefix: prefix, Seperator: separator, ...query }),
      // Below the root there is always a list.
      show: ({ Keys: keys }) => (keys.length === 0 && prefix !== '' ? undefined : listJson(Keys.item, keys)),
    },
    exchange,
    prefix,
  );
}

async function put(request: FastifyRequest, port: ReadPort, limits: KvLimits): Promise<boolean> {
  const { Datacenter, Token } = writeOptions(request, port);
  const key = keyOfPath(request, kvPath);
  if (key === '') throw missingKey();
  refuseConflict(request, ['cas', 'acquire', 'release']);
  // Of two wrong numbers Consul names this one.
  const flags = uintOf(request, 'flags');
  const cas = uintOf(request, 'cas');
  const [acquire, release] = [queryValue(request, 'acquire'), queryValue(request, 'release')];
  const Op: KvOp =
    cas !== undefined ? 'cas' : acquire !== undefined ? 'lock' : release !== undefined ? 'unlock' : 'set';
  const DirEnt = create(DirEntry, {
    Key: key,
    Flags: flags ?? 0n,
    ModifyIndex: indexOf(cas),
    Session: acquire ?? release ?? '',
  });
  const TTL = ttlOf(request);
  const Value = await readValue(request, limits);
  const body = create(KvsRequest, { Datacenter, Op, DirEnt: { ...DirEnt, Value }, TTL, Token });
  const isDone = await port.rpc.call('KVS.Apply', body, { authority: everything });
  return Op === 'set' || isDone;
}

async function remove(request: FastifyRequest, port: ReadPort): Promise<boolean> {
  const { Datacenter, Token } = writeOptions(request, port);
  const key = keyOfPath(request, kvPath);
  refuseConflict(request, ['recurse', 'cas']);
  const isTree = has(request, 'recurse');
  if (key === '' && !isTree) throw missingKey();
  const cas = uintOf(request, 'cas');
  const Op: KvOp = isTree ? 'delete-tree' : cas === undefined ? 'delete' : 'delete-cas';
  const DirEnt = create(DirEntry, { Key: key, ModifyIndex: indexOf(cas) });
  const body = create(KvsRequest, { Datacenter, Op, DirEnt, Token });
  const isDone = await port.rpc.call('KVS.Apply', body, { authority: everything });
  return Op !== 'delete-cas' || isDone;
}

/** What every request may say, checked as Consul checks it. */
function writeOptions(request: FastifyRequest, port: ReadPort) {
  refuseNamespace(request);
  const { query } = readOptions(request, port.place);
  return { Datacenter: datacenterOf(request, port.place), Token: query.Token ?? '' };
}

function missingKey(): HttpError {
  return new HttpError('HTTP_BAD_REQUEST', 'Missing key name');
}

/** Of these parameters a request may have one. */
function refuseConflict(request: FastifyRequest, names: readonly string[]): void {
  if (names.filter((name) => has(request, name)).length < 2) return;
  const query = new URLSearchParams(request.query as Readonly<Record<string, string>>);
  query.sort();
  throw new HttpError('HTTP_BAD_REQUEST', `Conflicting flags: ${query}`);
}

/** A malformed number is the client's fault, as in newer Consul; 1.8.7 answers 500. */
function uintOf(request: FastifyRequest, name: string): bigint | undefined {
  const text = queryValue(request, name);
  if (text === undefined) return undefined;
  try {
    return parseDecimal(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new HttpError('HTTP_BAD_REQUEST', error.message);
  }
}

/** No index of a log is larger than the largest safe number. */
function indexOf(cas = 0n): number {
  return Math.min(Number(cas), Number.MAX_SAFE_INTEGER);
}

/** How long the entry lives, in ns; 0 for ever. Not of Consul. */
function ttlOf(request: FastifyRequest): bigint {
  const text = queryValue(request, 'ttl');
  if (text === undefined) return 0n;
  try {
    const ttl = parseDuration(text);
    if (ttl > 0n) return ttl;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  throw new HttpError('HTTP_BAD_REQUEST', 'Invalid ttl: it must be a positive duration, such as 10s');
}

async function readValue(request: FastifyRequest, { valueBytesMax }: KvLimits): Promise<Uint8Array | null> {
  const tooLarge = (bytes: string): HttpError =>
    new HttpError(
      'HTTP_BODY_TOO_LARGE',
      `Request body(${bytes} bytes) too large, max size: ${valueBytesMax} bytes. ` +
        'See https://www.consul.io/docs/agent/options.html#kv_max_value_size.',
    );
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > valueBytesMax) throw tooLarge(String(announced));
  try {
    const value = await readBody(request, valueBytesMax);
    return value.length === 0 ? null : value;
  } catch (error) {
    if (!(error instanceof HttpError) || error.code !== 'HTTP_BODY_TOO_LARGE') throw error;
    throw tooLarge(`more than ${valueBytesMax}`);
  }
}
