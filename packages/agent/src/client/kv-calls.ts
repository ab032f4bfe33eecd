import { bytesOfValue, checkNotEmpty, checkText } from './arguments.ts';
import { isText, isTextList } from './guards.ts';
import { withQuery } from './query.ts';
import {
  metaOf,
  placeOf,
  type ReadAnswer,
  type ReadOptions,
  type RequestOptions,
  readPath,
} from './read-options.ts';
import { type Answer, isRecord, type Transport, type Wanted } from './transport.ts';

/** An entry of the key/value store. */
export interface KvEntry {
  readonly Key: string;
  readonly Value: Uint8Array;
  /** The user's number; unsigned, 64 bits. */
  readonly Flags: bigint;
  /** The session that holds the key; '' when none does. */
  readonly Session: string;
  /** How often a session has taken the key. */
  readonly LockIndex: bigint;
  readonly CreateIndex: bigint;
  readonly ModifyIndex: bigint;
  /** When the server deletes the entry, as ISO 8601. Only servers of ours have such entries. */
  readonly ExpiresAt?: string;
  /** Of Consul Enterprise. */
  readonly Namespace?: string;
}

/** Which keys are listed. */
export interface KeysOptions extends ReadOptions {
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

/** The key/value store. A key that begins with `/` is another one than without. */
export interface KvCalls {
  /** The entry of a key; undefined when there is none. */
  get(key: string, options?: ReadOptions): Promise<ReadAnswer<KvEntry | undefined>>;
  /** The entries whose keys begin with `prefix`, by key. */
  list(prefix: string, options?: ReadOptions): Promise<ReadAnswer<readonly KvEntry[]>>;
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
  const entries = async (key: string, options: ReadOptions, query: { readonly recurse?: true }) => {
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

/** Numbers of 64 bits, which JSON.parse would round. In a string of JSON a quote has a backslash before it. */
export const longNumbers = /"(Flags|LockIndex|CreateIndex|ModifyIndex)":(\s*)(\d{16,20})(?!\d)/g;

function readEntries(transport: Transport, answer: Answer): readonly KvEntry[] {
  if (answer.status === 404) return [];
  const body = answer.body.replace(longNumbers, '"$1":$2"$3"');
  return transport.read({ ...answer, body }, listOfEntries).map(entryOf);
}

/** An entry with its numbers as they came: exact as text where they are long. */
interface RawEntry {
  readonly Key: string;
  readonly Value: string | null;
  readonly Flags: number | string;
  readonly LockIndex: number | string;
  readonly CreateIndex: number | string;
  readonly ModifyIndex: number | string;
  readonly Session?: string;
  readonly ExpiresAt?: string;
  readonly Namespace?: string;
}

const listOfEntries: Wanted<readonly RawEntry[]> = {
  what: 'a list of keys and values',
  guard: (value): value is readonly RawEntry[] => Array.isArray(value) && value.every(isEntry),
};

function isEntry(value: unknown): value is RawEntry {
  if (!isRecord(value)) return false;
  const { Key, Value, Flags, LockIndex, CreateIndex, ModifyIndex, Session } = value;
  return (
    isText(Key) &&
    (Value === null || isText(Value)) &&
    (Session === undefined || isText(Session)) &&
    [Flags, LockIndex, CreateIndex, ModifyIndex].every(isWhole)
  );
}

function isWhole(value: unknown): value is number | string {
  return typeof value === 'number' ? Number.isSafeInteger(value) : isText(value) && /^\d+$/.test(value);
}

function entryOf({ Value, Session = '', ...entry }: RawEntry): KvEntry {
  return {
    ...entry,
    Value: Buffer.from(Value ?? '', 'base64'),
    Flags: BigInt(entry.Flags),
    Session,
    LockIndex: BigInt(entry.LockIndex),
    CreateIndex: BigInt(entry.CreateIndex),
    ModifyIndex: BigInt(entry.ModifyIndex),
  };
}
