import {
  create,
  DirEntry,
  type KvOp,
  KvsRequest,
  Session,
  SessionRequest,
  TxnOp,
  TxnRequest,
} from '../src/records/index.ts';
import { startEndpoints } from './start-endpoints.ts';

/** Short ways to keys, sessions and transactions through the endpoints of a server that is alone. */

const dc = { Datacenter: 'dc1' };

/** An entry as tests write it: the value as text. */
export interface GivenEntry extends Partial<Omit<DirEntry, 'Value'>> {
  readonly value?: string;
}

/** An id of a session that was never made. */
export const unknownId = 'ffffffff-0000-0000-0000-000000000000';

export function entry(Key: string, { value, ...rest }: GivenEntry = {}): DirEntry {
  return create(DirEntry, { Key, ...rest, ...(value !== undefined && { Value: Buffer.from(value) }) });
}

/** An operation on a key, for a transaction. */
export function kvOp(Verb: string, key: string, given?: GivenEntry): TxnOp {
  return create(TxnOp, { KV: { Verb, DirEnt: entry(key, given) } });
}

/** The endpoints of a server with the nodes `n1`, `n2`, ... as its first commands, at the indexes 1, 2, ... */
export async function startKeys({ nodesCount = 1 }: { readonly nodesCount?: number } = {}) {
  const started = startEndpoints();
  const { call, register } = started;
  for (let at = 1; at <= nodesCount; at += 1) await register({ node: `n${at}` });
  return {
    ...started,
    /** What KVS.Apply answers. */
    apply: (Op: KvOp, key: string, given?: GivenEntry): Promise<boolean> =>
      call('KVS.Apply', create(KvsRequest, { ...dc, Op, DirEnt: entry(key, given) })),
    /** The entry of a key; undefined for none. */
    async get(key: string): Promise<DirEntry | undefined> {
      return (await call('KVS.Get', { ...dc, Key: key })).Entries?.[0];
    },
    async list(prefix: string) {
      const { Entries, Index } = await call('KVS.List', { ...dc, Key: prefix });
      return { keys: (Entries ?? []).map(({ Key }) => Key), index: Index };
    },
    async keys(prefix: string, separator = '') {
      return (await call('KVS.ListKeys', { ...dc, Prefix: prefix, Seperator: separator })).Keys;
    },
    /** The id of a new session of `n1`. */
    session: (given: Partial<Session> = {}): Promise<string> =>
      call(
        'Session.Apply',
        create(SessionRequest, { ...dc, Op: 'create', Session: create(Session, { Node: 'n1', ...given }) }),
      ),
    destroy: (ID: string) =>
      call(
        'Session.Apply',
        create(SessionRequest, { ...dc, Op: 'destroy', Session: create(Session, { ID }) }),
      ),
    async sessionIds(): Promise<readonly string[]> {
      return ((await call('Session.List', dc)).Sessions ?? []).map(({ ID }) => ID);
    },
    txn: (...Ops: readonly TxnOp[]) => call('Txn.Apply', create(TxnRequest, { ...dc, Ops })),
    readTxn: (...Ops: readonly TxnOp[]) => call('Txn.Read', { ...dc, Ops }),
  };
}
