import { HealthCheck } from './check.ts';
import { DirEntry, type KvOp } from './kv.ts';
import { NodeRecord } from './node.ts';
import { NodeService } from './service.ts';
import { Session } from './session.ts';
import { field, type Infer, int, json, listOf, pointerTo, record, text, textOf } from './shape.ts';

/** Transactions. Sources: consensus-and-rpc.md 5.6; Consul structs.TxnRequest, structs.TxnResponse. */

const verbOf = (goType: string) => textOf(goType);

/** What an operation on a key does: what a KVS request does, or a read or a condition. Another is refused when it is applied. */
export type TxnKvVerb = KvOp | 'get' | 'get-tree' | 'check-index' | 'check-session' | 'check-not-exists';

/** An operation on a key; verbs: {@link TxnKvVerb}. */
const TxnKvOp = record('TxnKVOp', { Verb: verbOf('api.KVOp'), DirEnt: DirEntry });
/** An operation on a node: get, set, cas, delete, delete-cas. */
const TxnNodeOp = record('TxnNodeOp', { Verb: verbOf('api.NodeOp'), Node: NodeRecord });
/** An operation on a service: the same verbs. */
export const TxnServiceOp = record('TxnServiceOp', {
  Verb: verbOf('api.ServiceOp'),
  Node: text,
  Service: NodeService,
});
/** An operation on a service: the same verbs. */
export interface TxnServiceOp extends Infer<typeof TxnServiceOp> {}

/** An operation on a check: the same verbs. */
const TxnCheckOp = record('TxnCheckOp', { Verb: verbOf('api.CheckOp'), Check: HealthCheck });
/** An operation on a session: delete. */
const TxnSessionOp = record('TxnSessionOp', { Verb: verbOf('api.SessionOp'), Session: Session });

/** One operation: exactly one of the fields is set. */
export const TxnOp = record('TxnOp', {
  KV: pointerTo(TxnKvOp),
  /** Intentions do not exist here: an operation on one is refused. */
  Intention: json,
  Node: pointerTo(TxnNodeOp),
  Service: pointerTo(TxnServiceOp),
  Check: pointerTo(TxnCheckOp),
  Session: pointerTo(TxnSessionOp),
});
/** One operation. */
export interface TxnOp extends Infer<typeof TxnOp> {}

/** Txn.Apply, and command 8 of the Raft log. */
export const TxnRequest = record('TxnRequest', { Datacenter: text, Ops: listOf(TxnOp), Token: text });
/** Txn.Apply, and command 8 of the Raft log. */
export interface TxnRequest extends Infer<typeof TxnRequest> {}

/** What one operation found or wrote: one of the fields is set, and JSON has that one alone. */
export const TxnResult = record('TxnResult', {
  KV: field(pointerTo(DirEntry), { omitEmpty: true }),
  Node: field(pointerTo(NodeRecord), { omitEmpty: true }),
  Service: field(pointerTo(NodeService), { omitEmpty: true }),
  Check: field(pointerTo(HealthCheck), { omitEmpty: true }),
});
/** What one operation found or wrote. */
export interface TxnResult extends Infer<typeof TxnResult> {}

/** Why an operation failed. */
export const TxnError = record('TxnError', { OpIndex: int, What: text });
/** Why an operation failed. */
export interface TxnError extends Infer<typeof TxnError> {}

/** What a transaction did. With an error nothing has changed, and there are no results. */
export const TxnResponse = record('TxnResponse', { Results: listOf(TxnResult), Errors: listOf(TxnError) });
/** What a transaction did. */
export interface TxnResponse extends Infer<typeof TxnResponse> {}
