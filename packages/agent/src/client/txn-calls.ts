import { longNumbers } from './kv-calls.ts';
import { withQuery } from './query.ts';
import { placeOf, type RequestOptions } from './read-options.ts';
import { isRecord, type Transport, type Wanted } from './transport.ts';

/** What a transaction does to a key. */
export type TxnKvVerb =
  | 'set'
  | 'cas'
  | 'lock'
  | 'unlock'
  | 'get'
  | 'get-tree'
  | 'check-index'
  | 'check-session'
  | 'check-not-exists'
  | 'delete'
  | 'delete-tree'
  | 'delete-cas';

/** One operation on a key. */
export interface TxnKvOp {
  readonly verb: TxnKvVerb;
  readonly key: string;
  readonly value?: string | Uint8Array;
  /** Unsigned, 64 bits. */
  readonly flags?: bigint;
  /** Of `cas`, `delete-cas` and `check-index`. */
  readonly index?: bigint;
  /** Of `lock`, `unlock` and `check-session`. */
  readonly session?: string;
}

/** One operation: on a key, or on the catalog with the fields of Consul's API. */
export type TxnOperation =
  | { readonly kv: TxnKvOp }
  | { readonly Node: { readonly Verb: string; readonly Node: object } }
  | { readonly Service: { readonly Verb: string; readonly Node: string; readonly Service: object } }
  | { readonly Check: { readonly Verb: string; readonly Check: object } };

/** What became of a transaction. */
export interface TxnOutcome {
  /** Whether all of it was done; otherwise nothing was. */
  readonly isDone: boolean;
  /** What the operations found or wrote, with Consul's fields; flags and indexes of 16 digits and more as text. */
  readonly results: readonly Readonly<Record<string, unknown>>[];
  /** Why operations failed: `OpIndex` counts from 0. */
  readonly errors: readonly { readonly OpIndex: number; readonly What: string }[];
}

/** Makes a transaction: all of up to 64 operations, or none. */
export type Txn = (operations: readonly TxnOperation[], options?: RequestOptions) => Promise<TxnOutcome>;

const wanted: Wanted<Readonly<Record<string, unknown>>> = {
  what: 'the outcome of a transaction',
  guard: isRecord,
};

/** The call of one client. */
export function txnCall({ call, read }: Transport): Txn {
  return async (operations, options = {}) => {
    const path = withQuery('/v1/txn', placeOf(options));
    const body = Buffer.from(`[${operations.map(bodyOf).join(',')}]`);
    const answer = await call('PUT', path, { ...options, accepts: [200, 409] }, body);
    const body64 = answer.body.replace(longNumbers, '"$1":$2"$3"');
    const { Results, Errors } = read({ ...answer, body: body64 }, wanted);
    return {
      isDone: answer.status === 200,
      results: Array.isArray(Results) ? (Results as Readonly<Record<string, unknown>>[]) : [],
      errors: Array.isArray(Errors) ? (Errors as { OpIndex: number; What: string }[]) : [],
    };
  };
}

/** JSON has no integers of 64 bits: they are written as digits. */
function bodyOf(operation: TxnOperation): string {
  if (!('kv' in operation)) return JSON.stringify(operation);
  const { verb, key, value, flags, index, session } = operation.kv;
  const fields = [
    `"Verb":${JSON.stringify(verb)}`,
    `"Key":${JSON.stringify(key)}`,
    ...(value === undefined ? [] : [`"Value":"${Buffer.from(value).toString('base64')}"`]),
    ...(flags === undefined ? [] : [`"Flags":${flags}`]),
    ...(index === undefined ? [] : [`"Index":${index}`]),
    ...(session === undefined ? [] : [`"Session":${JSON.stringify(session)}`]),
  ];
  return `{"KV":{${fields.join(',')}}}`;
}
