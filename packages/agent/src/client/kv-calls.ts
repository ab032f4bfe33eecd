import { bytesOfValue, checkNotEmpty, checkText } from './arguments.ts';
import { isTextList } from './guards.ts';
import { entryOf, isEntry, type KvEntry, keepLongNumbers, type RawEntry } from './kv-entry.ts';
import { withQuery } from './query.ts';
import {
  type KeyReadOptions,
  metaOf,
  placeOf,
  type ReadAnswer,
  type RequestOptions,
  readPath,
} from './read-options.ts';
import type { Answer, Transport, Wanted } from './transport.ts';

/** Which keys are listed. */
export interface KeysOptions extends KeyReadOptions {
  /** Keys are cut behind the first separator after the prefix, and listed once. */
  readonly separator?: string;
}

/** How an entry is written. At most one of `cas`, `acquire` and `release`. */
export interface KvPutOptions extends RequestOptions {
  /** Unsigned, 64 bits. Default 0. */
  readonly flags?: bigint;
  /** Writes only if this is the entry's ModifyIndex; 0 only if there is no entry. */
  readonly cas?: bigint;
  /** Takes the key for this session. */
  readonly acquire?: string;
  /** Gives the key up, which this session holds. */
  readonly release?: string;
  /** How long the entry lives, as a Go duration (`30s`). Only servers of ours know it: a real Consul ignores it. */
  readonly ttl?: string;
}

/** What is deleted. */
export interface KvDeleteOptions extends RequestOptions {
  /** Deletes only if this is the entry's ModifyIndex. */
  readonly cas?: bigint;
  /** Deletes every entry whose key begins with the given one. */
  readonly recurse?: boolean;
}

/**
 * The key/value store. A key that begins with `/`, or has `//`, `/./` or `/../` in it, is out of reach for these calls, since
 * agents clean the paths of requests: CLIENT_STATUS with status 301. `txn` reaches every key.
 */
export interface KvCalls {
  /** The entry of a key; undefined when there is none. */
  get(key: string, options?: KeyReadOptions): Promise<ReadAnswer<KvEntry | undefined>>;
  /** The entries whose keys begin with `prefix`, by key. */
  list(prefix: string, options?: KeyReadOptions): Promise<ReadAnswer<readonly KvEntry[]>>;
  /** The keys that begin with `prefix`, in order. */
  keys(prefix: string, options?: KeysOptions): Promise<ReadAnswer<readonly string[]>>;
  /** Writes an entry. False when `cas`, `acquire` or `release` did not apply; then nothing has changed. */
  put(key: string, value: string | Uint8Array, options?: KvPutOptions): Promise<boolean>;
  /** Deletes an entry, if there is one. False when `cas` did not apply; then nothing has changed. */
  delete(key: string, options?: KvDeleteOptions): Promise<boolean>;
}

/** The calls of one client. */
export function kvCalls(transport: Transport): KvCalls {
  const { call, read } = transport;
  const entries = async (key: string, options: KeyReadOptions, query: { readonly recurse?: true }) => {
    const answer = await readPath(transport, pathOf(key), { ...options, query, accepts: [200, 404] });
    return { value: readEntries(transport, answer), ...metaOf(answer) };
  };
  const change = async (method: 'PUT' | 'DELETE', path: string, options: RequestOptions, body?: Uint8Array) =>
    read(await call(method, path, options, body), truth);
  return {
    async get(key, options = {}) {
      const { value, ...meta } = await entries(key, options, {});
      return { value: value[0], ...meta };
    },
    list: async (prefix, options = {}) => entries(prefix, options, { recurse: true }),
    async keys(prefix, options = {}) {
      const query = { keys: true, separator: options.separator } as const;
      const answer = await readPath(transport, pathOf(prefix), { ...options, query, accepts: [200, 404] });
      return { value: answer.status === 404 ? [] : read(answer, listOfKeys), ...metaOf(answer) };
    },
    async put(key, value, options = {}) {
      const { flags = 0n, cas, acquire, release, ttl } = options;
      checkNotEmpty({ acquire, release, ttl });
      const query = { flags: flags === 0n ? undefined : flags, cas, acquire, release, ttl };
      const path = withQuery(pathOf(key), { ...placeOf(options), ...query });
      return change('PUT', path, options, bytesOfValue(value));
    },
    async delete(key, options = {}) {
      const { cas, recurse = false } = options;
      const query = { ...placeOf(options), cas, ...(recurse ? { recurse: true as const } : {}) };
      return change('DELETE', withQuery(pathOf(key), query), options);
    },
  };
}

const truth: Wanted<boolean> = {
  what: 'true or false',
  guard: (value): value is boolean => typeof value === 'boolean',
};
const listOfKeys: Wanted<readonly string[]> = { what: 'a list of keys', guard: isTextList };

/** Escaped as Go escapes the path of a URL: what commands print is the same. */
function pathOf(key: string): string {
  checkText('key', key);
  // Halves of characters, which encodeURIComponent throws on, are written as Go writes them.
  const escaped = encodeURIComponent(Buffer.from(key).toString())
    .replace(/%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g, decodeURIComponent)
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return `/v1/kv/${escaped}`;
}

function readEntries(transport: Transport, answer: Answer): readonly KvEntry[] {
  if (answer.status === 404) return [];
  const body = keepLongNumbers(answer.body);
  return transport.read({ ...answer, body }, listOfEntries).map(entryOf);
}

const listOfEntries: Wanted<readonly RawEntry[]> = {
  what: 'a list of keys and values',
  guard: (value): value is readonly RawEntry[] => Array.isArray(value) && value.every(isEntry),
};
