import { CatalogError } from '../errors.ts';
import { lastTimeMs, timeText } from '../go/index.ts';
import type { DirEntry, KvsRequest } from '../records/index.ts';
import { getKey, listEntries, listKeys } from '../store/queries/kv.ts';
import type { Tables } from '../store/tables.ts';
import {
  checkDatacenter,
  type EndpointContext,
  type Handler,
  mapAnswer,
  type NowHandler,
  type PromptReading,
  propose,
  read,
  readNow,
} from './context.ts';
import type { RpcMethods } from './methods.ts';

type Of<M extends keyof RpcMethods> = Handler<RpcMethods[M]['request'], RpcMethods[M]['reply']>;

const nsPerMs = 1_000_000n;

/** Consul's KVS endpoint. Sources: consensus-and-rpc.md 3.12, 5.5. */
export function kvsEndpoint(context: EndpointContext) {
  return {
    'KVS.Apply': (async (request) => {
      checkDatacenter(context, request.Datacenter);
      checkKey(request.Op, request.DirEnt);
      if (request.Op === 'lock' && context.state.lockDelays.isDelayed(request.DirEnt.Key)) {
        return { reply: false, topics: [] };
      }
      const value = await propose(context, { type: 2, body: withExpiry(context, request) });
      return { reply: value === true, topics: [] };
    }) satisfies Of<'KVS.Apply'>,

    'KVS.Get': (async (request, options) => read(context, entryOf(request), options)) satisfies Of<'KVS.Get'>,

    'KVS.List': (async (request, options) => {
      const ask = (tables: Tables) => mapAnswer(listEntries(tables, request.Key), (Entries) => ({ Entries }));
      return read(context, { key: ['KVS.List', request.Key], request, ask }, options);
    }) satisfies Of<'KVS.List'>,

    'KVS.ListKeys': (async (request, options) => {
      const { Prefix: prefix, Seperator: separator = '' } = request;
      const ask = (tables: Tables) => listKeys(tables, { prefix, separator });
      return read(context, { key: ['KVS.ListKeys', prefix, separator], request, ask }, options);
    }) satisfies Of<'KVS.ListKeys'>,
  };
}

/** What of the KVS endpoint is answered in the same turn. */
export function kvsNow(context: EndpointContext) {
  return {
    'KVS.Get': ((request) => readNow(context, entryOf(request))) satisfies NowHandler<
      EntryRequest,
      RpcMethods['KVS.Get']['reply']
    >,
  };
}

type EntryRequest = RpcMethods['KVS.Get']['request'];

function entryOf(request: EntryRequest): PromptReading<{ readonly Entries: readonly DirEntry[] }> {
  const ask = (tables: Tables) =>
    mapAnswer(getKey(tables, request.Key), (entry) => ({ Entries: entry === undefined ? [] : [entry] }));
  return { key: ['KVS.Get', request.Key], request, ask };
}

/** @throws CatalogError CATALOG_REFUSED: only a whole tree may have an empty name. */
export function checkKey(op: string, { Key }: DirEntry): void {
  if (Key === '' && op !== 'delete-tree') throw new CatalogError('CATALOG_REFUSED', 'Must provide key');
}

/** The leader says when an entry ends, by its own clock: the state machines of all servers store what it says. */
function withExpiry({ wallClock }: EndpointContext, request: KvsRequest): KvsRequest {
  const { TTL, DirEnt } = request;
  if (TTL <= 0n)
    return DirEnt.ExpiresAt === '' ? request : { ...request, DirEnt: { ...DirEnt, ExpiresAt: '' } };
  const endMs = wallClock.nowMs() + Math.ceil(Number(TTL) / Number(nsPerMs));
  if (!(endMs <= lastTimeMs))
    throw new CatalogError('CATALOG_REFUSED', 'Invalid TTL: it ends after the year 9999');
  return { ...request, TTL: 0n, DirEnt: { ...DirEnt, ExpiresAt: timeText(endMs) } };
}
