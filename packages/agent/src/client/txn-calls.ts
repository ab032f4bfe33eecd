import type { HealthCheck, NodeRecord, NodeService, TxnKvVerb } from '@hobnob/catalog/records';
import type { Sent } from './answered.ts';
import { bytesOfValue, checkOperation, checkText } from './arguments.ts';
import { listOf } from './guards.ts';
import { entryOf, isEntry, type KvEntry, keepLongNumbers, type RawEntry } from './kv-entry.ts';
import { withQuery } from './query.ts';
import { placeOf, type RequestOptions } from './read-options.ts';
import type { CatalogNode, HealthCheckRecord, NodeServiceRecord } from './records.ts';
import { isRecord, type Transport } from './transport.ts';

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

/** What a transaction does to a node, a service or a check; those with `cas` compare its `ModifyIndex`. */
export type TxnCatalogVerb = 'get' | 'set' | 'cas' | 'delete' | 'delete-cas';

/** One operation: on a key, or on the catalog with the fields of Consul's API. */
export type TxnOperation =
  | { readonly kv: TxnKvOp }
  | {
      readonly Node: {
        readonly Verb: TxnCatalogVerb;
        readonly Node: Sent<typeof NodeRecord> & { readonly Node: string };
      };
    }
  | {
      readonly Service: {
        readonly Verb: TxnCatalogVerb;
        readonly Node: string;
        readonly Service: Sent<typeof NodeService>;
      };
    }
  | {
      readonly Check: {
        readonly Verb: TxnCatalogVerb;
        readonly Check: Sent<typeof HealthCheck> & { readonly Node: string };
      };
    };

/** What one operation found or wrote: one of these. */
export interface TxnResult {
  /** Its value is there for `get` and `get-tree`, and empty for the other verbs. */
  readonly KV?: KvEntry;
  readonly Node?: CatalogNode;
  readonly Service?: NodeServiceRecord;
  readonly Check?: HealthCheckRecord;
}

/** What became of a transaction. */
export interface TxnOutcome {
  /** Whether all of it was done; otherwise nothing was. */
  readonly isDone: boolean;
  /** In the order of the operations; `get-tree` has one for each key, deletions and `check-not-exists` have none. */
  readonly results: readonly TxnResult[];
  /** Why operations failed: `OpIndex` counts from 0. */
  readonly errors: readonly TxnFault[];
}

/** Why one operation failed. */
export interface TxnFault {
  readonly OpIndex: number;
  readonly What: string;
}

/** Makes a transaction: all of up to 64 operations, or none. */
export type Txn = (operations: readonly TxnOperation[], options?: RequestOptions) => Promise<TxnOutcome>;

const outcome = { what: 'the outcome of a transaction', guard: isRecord };
const results = listOf('a list of results', isResult);
const faults = listOf('a list of errors', isFault);

/** The call of one client. */
export function txnCall({ call, read, unexpected }: Transport): Txn {
  return async (operations, options = {}) => {
    const path = withQuery('/v1/txn', placeOf(options));
    const body = Buffer.from(`[${operations.map(bodyOf).join(',')}]`);
    const sent = await call('PUT', path, { ...options, accepts: [200, 409] }, body);
    const answer = { ...sent, body: keepLongNumbers(sent.body) };
    const { Results, Errors } = read(answer, outcome);
    const found = Results ?? [];
    const failed = Errors ?? [];
    if (!results.guard(found)) throw unexpected(answer, results.what);
    if (!faults.guard(failed)) throw unexpected(answer, faults.what);
    return { isDone: answer.status === 200, results: found.map(resultOf), errors: failed };
  };
}

/** A result with its numbers as they came. */
type RawResult = Omit<TxnResult, 'KV'> & { readonly KV?: RawEntry };

function isResult(value: unknown): value is RawResult {
  if (!isRecord(value)) return false;
  const { KV, Node, Service, Check } = value;
  return (
    (KV === undefined || isEntry(KV)) &&
    [Node, Service, Check].every((part) => part === undefined || isRecord(part))
  );
}

function isFault(value: unknown): value is TxnFault {
  return isRecord(value) && typeof value['OpIndex'] === 'number' && typeof value['What'] === 'string';
}

function resultOf({ KV, ...rest }: RawResult): TxnResult {
  return KV === undefined ? rest : { KV: entryOf(KV) };
}

/** JSON has no integers of 64 bits: they are written as digits. */
function bodyOf(operation: TxnOperation): string {
  checkOperation(operation);
  if (!('kv' in operation)) return JSON.stringify(operation);
  const { verb, key, value, flags, index, session } = operation.kv;
  checkText('key', key);
  const fields = [
    `"Verb":${JSON.stringify(verb)}`,
    `"Key":${JSON.stringify(key)}`,
    ...(value === undefined ? [] : [`"Value":"${Buffer.from(bytesOfValue(value)).toString('base64')}"`]),
    ...(flags === undefined ? [] : [`"Flags":${flags}`]),
    ...(index === undefined ? [] : [`"Index":${index}`]),
    ...(session === undefined ? [] : [`"Session":${JSON.stringify(session)}`]),
  ];
  return `{"KV":{${fields.join(',')}}}`;
}
