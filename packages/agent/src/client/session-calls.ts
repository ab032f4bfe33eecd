import type { Session as SessionShape } from '@hobnob/catalog/records';
import type { Answered } from './answered.ts';
import { listOf, recordWith } from './guards.ts';
import { withQuery } from './query.ts';
import {
  type KeyReadOptions,
  placeOf,
  type ReadAnswer,
  type RequestOptions,
  readCatalog,
} from './read-options.ts';
import { isRecord, type Transport, type Wanted } from './transport.ts';

/** A session: what holds keys while its checks pass and its time is renewed. `LockDelay` is in nanoseconds. */
export interface SessionRecord extends Answered<typeof SessionShape> {}

/** A session to create. What is absent has Consul's default. */
export interface SessionToCreate {
  readonly Name?: string;
  /** The node it belongs to. Default: the agent's. */
  readonly Node?: string;
  /** How long a key that the session loses cannot be taken, as a Go duration. Default `15s`. */
  readonly LockDelay?: string;
  /** What becomes of its keys. Default `release`. */
  readonly Behavior?: 'release' | 'delete';
  /** The session ends between one and two times this after its last renewal: a Go duration, `10s` to `24h`. Default: never. */
  readonly TTL?: string;
  /** Checks of the node that must not be critical. Default `['serfHealth']`. */
  readonly NodeChecks?: readonly string[];
  /** Checks of services of the node that must not be critical. */
  readonly ServiceChecks?: readonly { readonly ID: string }[];
}

/** Sessions. */
export interface SessionCalls {
  /** Creates a session. Resolves with its id. */
  create(session?: SessionToCreate, options?: RequestOptions): Promise<string>;
  /** Ends a session; one that does not exist is no error. */
  destroy(id: string, options?: RequestOptions): Promise<void>;
  /** Begins the session's TTL anew. Undefined when there is no such session any more. */
  renew(id: string, options?: RequestOptions): Promise<SessionRecord | undefined>;
  /** A session; undefined when there is no such. */
  info(id: string, options?: KeyReadOptions): Promise<ReadAnswer<SessionRecord | undefined>>;
  list(options?: KeyReadOptions): Promise<ReadAnswer<readonly SessionRecord[]>>;
  /** The sessions of a node. */
  node(name: string, options?: KeyReadOptions): Promise<ReadAnswer<readonly SessionRecord[]>>;
}

const sessions = listOf('a list of sessions', recordWith<SessionRecord>('ID', 'Node', 'Behavior', 'TTL'));
const created: Wanted<{ readonly ID: string }> = {
  what: 'the id of a session',
  guard: (value): value is { readonly ID: string } => isRecord(value) && typeof value['ID'] === 'string',
};

/** The calls of one client. */
export function sessionCalls(transport: Transport): SessionCalls {
  const { call, read, put } = transport;
  const list = (path: string, options: KeyReadOptions = {}) =>
    readCatalog(transport, `/v1/session/${path}`, options, sessions);
  const pathOf = (path: string, options: RequestOptions) =>
    withQuery(`/v1/session/${path}`, placeOf(options));
  return {
    async create(session = {}, options = {}) {
      const body = Buffer.from(JSON.stringify(session));
      return read(await call('PUT', pathOf('create', options), options, body), created).ID;
    },
    async destroy(id, options = {}) {
      await put(pathOf(`destroy/${encodeURIComponent(id)}`, options), options);
    },
    async renew(id, options = {}) {
      const path = pathOf(`renew/${encodeURIComponent(id)}`, options);
      const answer = await call('PUT', path, { ...options, accepts: [200, 404] });
      return answer.status === 404 ? undefined : read(answer, sessions)[0];
    },
    async info(id, options = {}) {
      const { value, ...meta } = await list(`info/${encodeURIComponent(id)}`, options);
      return { value: value[0], ...meta };
    },
    list: (options) => list('list', options),
    node: (name, options) => list(`node/${encodeURIComponent(name)}`, options),
  };
}
