import { type QueryValue, withQuery } from './query.ts';
import type { Answer, CallOptions, RequestSettings, Transport, Wanted } from './transport.ts';

/** Where and as whom a request is made; Consul's own settings otherwise. */
export interface RequestOptions extends CallOptions {
  /** The datacenter to ask; default the agent's. */
  readonly datacenter?: string;
  /** Of Consul Enterprise; other agents refuse it. */
  readonly namespace?: string;
}

/** How a read of keys and sessions is answered. */
export interface KeyReadOptions extends RequestOptions {
  /** Waits until something has changed since the answer with this index, or `waitMs` are over. */
  readonly index?: bigint;
  /** How long to wait at most; the agent adds up to a sixteenth. Default and limit are Consul's: 5 and 10 minutes. */
  readonly waitMs?: number;
  /**
   * `default`: of the leader; `stale`: of any server; `consistent`: of a leader that has asked the others whether it
   * still leads; `cached`: of the agent's cache where there is one.
   */
  readonly consistency?: 'default' | 'stale' | 'consistent' | 'cached';
}

/** How a read of the catalog is answered. */
export interface ReadOptions extends KeyReadOptions {
  /** An expression that the records of the answer must fulfil. */
  readonly filter?: string;
  /** Sorts by the estimated round trip from this node; `_agent` is the agent's. */
  readonly near?: string;
  /** Only nodes with these pairs in their metadata. */
  readonly nodeMeta?: Readonly<Record<string, string>>;
}

/** An answer, and how current it is. */
export interface ReadAnswer<T> {
  readonly value: T;
  /** What to send as `index` to wait for the next change; unsigned, 64 bits. 0 when the answer has none. */
  readonly index: bigint;
  /** Since when the server that answered has not heard of its leader, in milliseconds; undefined when not said. */
  readonly lastContactMs: number | undefined;
  /** Whether that server knew a leader; undefined when not said. */
  readonly knownLeader: boolean | undefined;
  /** Of an answer to `cached` that a cache was asked for: whether it had it, and how old it was. */
  readonly cache: { readonly isHit: boolean; readonly ageS: number } | undefined;
}

/** How long an answer may take beyond the time that the agent was asked to wait, by default. */
const blockingGraceMs = 30_000;
/** What Consul waits when nothing is said. */
const waitDefaultMs = 300_000;
/** What Consul waits at most. */
const waitMsMax = 600_000;

/** A path below /v1 and what distinguishes its read from others. */
export interface ReadRequest extends ReadOptions {
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** The statuses that are answers and no errors. Default 200. */
  readonly accepts?: readonly number[];
}

/** Reads of one client. @throws AgentClientError CLIENT_BODY when the answer is not what is wanted. */
export async function readCatalog<T>(
  transport: Transport,
  path: string,
  options: ReadRequest,
  wanted: Wanted<T>,
): Promise<ReadAnswer<T>> {
  const answer = await readPath(transport, path, options);
  return { value: transport.read(answer, wanted), ...metaOf(answer) };
}

/** The answer to a read, with its JSON unread. */
export function readPath(transport: Transport, path: string, options: ReadRequest): Promise<Answer> {
  const { index, waitMs, token, signal, accepts, query = {} } = options;
  return transport.call('GET', withQuery(path, { ...queryOf(options), ...query }), {
    ...(token === undefined ? {} : { token }),
    ...(signal === undefined ? {} : { signal }),
    ...(accepts === undefined ? {} : { accepts }),
    ...(index === undefined || index === 0n ? {} : blockingSettings(waitMs)),
  });
}

/**
 * The deadline of a request that waits: what the agent may wait, and time for the answer on top. Without it a connection
 * whose other end has vanished would be waited for without end.
 */
export function blockingSettings(waitMs = 0): Pick<RequestSettings, 'waitMs' | 'graceMs'> {
  const askedMs = waitMs > 0 ? Math.min(waitMs, waitMsMax) : waitDefaultMs;
  return { waitMs: askedMs + askedMs / 16, graceMs: blockingGraceMs };
}

/** The parameters that say where a request is made. */
export function placeOf({ datacenter, namespace }: RequestOptions): Readonly<Record<string, QueryValue>> {
  return { dc: datacenter, ns: namespace };
}

/** The parameters of a read. */
function queryOf(options: ReadOptions): Readonly<Record<string, QueryValue>> {
  const { consistency = 'default', nodeMeta, waitMs } = options;
  return {
    ...placeOf(options),
    filter: options.filter,
    index: options.index,
    near: options.near,
    'node-meta': Object.entries(nodeMeta ?? {}).map((pair) => pair.join(':')),
    wait: waitMs === undefined ? undefined : `${Math.round(waitMs)}ms`,
    ...(consistency === 'default' ? {} : { [consistency]: true }),
  };
}

/** How current an answer is. */
export function metaOf({ headers }: Answer): Omit<ReadAnswer<never>, 'value'> {
  const text = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const cache = text('x-cache');
  const lastContact = text('x-consul-lastcontact');
  const knownLeader = text('x-consul-knownleader');
  const index = text('x-consul-index') ?? '';
  return {
    index: /^\d+$/.test(index) ? BigInt(index) : 0n,
    lastContactMs: lastContact === undefined ? undefined : Number(lastContact),
    knownLeader: knownLeader === undefined ? undefined : knownLeader === 'true',
    cache: cache === undefined ? undefined : { isHit: cache === 'HIT', ageS: Number(text('age') ?? 0) },
  };
}
