import { quote } from '../go/index.ts';
import {
  type CoordinateUpdateRequest,
  type DeregisterRequest,
  type HealthCheck,
  type KvsRequest,
  keyBytesText,
  type RegisterRequest,
  type SessionRequest,
  type TombstoneRequest,
  type TxnOp,
  type TxnRequest,
  type TxnResponse,
} from '../records/index.ts';
import { deleteCheck, ensureChecks } from './checks.ts';
import { updateCoordinates } from './coordinates.ts';
import { idKey, joinKey, nameKey } from './keys.ts';
import { applyKvs } from './kv.ts';
import { changesNode, deleteNode, ensureNode, type NodeDefinition } from './nodes.ts';
import { deleteService, ensureService } from './services.ts';
import { applySession } from './sessions.ts';
import type { Tables } from './tables.ts';
import { reapTombstones } from './tombstones.ts';
import { CommandRefused, once, type Steps, type Transaction } from './transaction.ts';
import { applyTxn } from './txn.ts';

/** The commands of the Raft log that change the catalog. Source: consensus-and-rpc.md 5.9. */

/** What the log carries: the type is the first byte of a payload, the body its msgpack. */
export type Command =
  | { readonly type: 0; readonly body: RegisterRequest }
  | { readonly type: 1; readonly body: DeregisterRequest }
  | { readonly type: 2; readonly body: KvsRequest }
  | { readonly type: 3; readonly body: SessionRequest }
  | { readonly type: 5; readonly body: TombstoneRequest }
  | { readonly type: 8; readonly body: TxnRequest }
  | { readonly type: 6; readonly body: readonly CoordinateUpdateRequest[] };

/**
 * What a command answers: a truth for KVS (whether it was done; Consul's false for a plain set or delete), the id for a
 * session that was created, the response for a transaction; undefined for all others.
 */
export type CommandValue = boolean | string | TxnResponse | undefined;

/** Rows that are written in a few milliseconds. */
const fewRowsCount = 200;

/** True for a command that writes so many rows that others should run meanwhile. */
export function isLarge(tables: Tables, { type, body }: Command): boolean {
  switch (type) {
    case 0:
      return (
        (body.Checks ?? []).length > fewRowsCount ||
        endsSessions(tables, body.Node, [body.Check, ...(body.Checks ?? [])]) ||
        (concernsNode(tables, body) && isLargeNode(tables, body.Node))
      );
    case 1:
      return (
        tables.kvsBySession.size > fewRowsCount ||
        tables.sessionChecks.size > fewRowsCount ||
        (body.ServiceID === '' && isLargeNode(tables, body.Node))
      );
    case 2:
      return body.Op === 'delete-tree' && tables.kvs.hasMore(keyBytesText(body.DirEnt.Key), fewRowsCount);
    case 3:
      return (
        body.Op === 'destroy' && tables.kvsBySession.hasMore(`${idKey(body.Session.ID)}\0`, fewRowsCount)
      );
    case 5:
      return tables.tombstones.size > fewRowsCount;
    case 8:
      return isLargeTxn(tables, body.Ops ?? []);
    case 6:
      return false;
  }
}

/** Whether the operations of a transaction may concern many rows together. */
function isLargeTxn(tables: Tables, ops: readonly TxnOp[]): boolean {
  if (ops.length > fewRowsCount) return true;
  const each = Math.floor(fewRowsCount / Math.max(1, ops.length));
  return ops.some((op) => isLargeOp(tables, op, each));
}

/** Whether an operation may concern more than its share of rows: all of a tree, or of a node. */
function isLargeOp(tables: Tables, { KV, Node, Service, Check }: TxnOp, rowsMax: number): boolean {
  if (KV?.Verb === 'delete-tree' || KV?.Verb === 'get-tree')
    return tables.kvs.hasMore(keyBytesText(KV.DirEnt.Key), rowsMax);
  if (Check !== null && endsSessions(tables, Check.Check.Node, [Check.Check])) return true;
  // The checks of a service go with it.
  if (Service !== null && tables.sessionChecks.size > fewRowsCount) return true;
  const node = Node?.Node.Node ?? (Check?.Check.ServiceID === '' ? Check.Check.Node : undefined);
  return node !== undefined && isLargeNode(tables, node, rowsMax);
}

/** Whether checks may end so many sessions, or sessions of so many keys. */
function endsSessions(
  { kvsBySession, sessionChecks }: Tables,
  node: string,
  checks: readonly (HealthCheck | null)[],
): boolean {
  if (kvsBySession.size <= fewRowsCount && sessionChecks.size <= fewRowsCount) return false;
  const count = kvsBySession.size > fewRowsCount ? 0 : fewRowsCount;
  return checks.some((check) => check !== null && sessionChecks.hasMore(joinKey(node, check.CheckID), count));
}

/** Whether a registration changes what all services of the node stand for. */
function concernsNode(tables: Tables, request: RegisterRequest): boolean {
  const checks = [request.Check, ...(request.Checks ?? [])];
  if (checks.some((check) => check?.ServiceID === '')) return true;
  return !request.SkipNodeUpdate && changesNode(tables, nodeOf(request));
}

function isLargeNode(
  { instances, checks, sessionsByNode }: Tables,
  node: string,
  rowsMax = fewRowsCount,
): boolean {
  const prefix = joinKey(node);
  return [instances, checks, sessionsByNode].some((rows) => rows.hasMore(prefix, rowsMax));
}

/** @throws CommandRefused when the state does not allow the command. */
export function* execute(tx: Transaction, command: Command): Steps<CommandValue> {
  switch (command.type) {
    case 0:
      yield* register(tx, command.body);
      return undefined;
    case 1:
      yield* deregister(tx, command.body);
      return undefined;
    case 6:
      updateCoordinates(tx, command.body);
      return undefined;
    case 2:
      return yield* applyKvs(tx, command.body);
    case 3:
      return yield* applySession(tx, command.body);
    case 5:
      yield* reapTombstones(tx, command.body);
      return undefined;
    case 8:
      return yield* applyTxn(tx, command.body);
  }
}

function* register(tx: Transaction, request: RegisterRequest): Steps {
  const { Node, Service } = request;
  const isKnown = tx.tables.nodes.get(nameKey(Node)) !== undefined;
  if (!(request.SkipNodeUpdate && isKnown)) {
    yield* named(ensureNode(tx, nodeOf(request)), (reason) => `failed inserting node: ${reason}`);
  }
  if (Service !== null) {
    const inserted = once(() => ensureService(tx, Node, Service));
    yield* named(inserted, (reason) => `failed inserting service: ${reason}`);
  }
  const checks = [request.Check, ...(request.Checks ?? [])].filter((check) => check !== null);
  for (const check of checks) {
    if (check.Node === Node) continue;
    const mismatch = `check node ${quote(check.Node)} does not match node ${quote(Node)}`;
    // Those before it are looked at first.
    yield* ensureNamedChecks(tx, Node, checks.slice(0, checks.indexOf(check)));
    throw new CommandRefused(mismatch);
  }
  yield* ensureNamedChecks(tx, Node, checks);
}

function* ensureNamedChecks(tx: Transaction, node: string, checks: readonly HealthCheck[]): Steps {
  const name = (reason: string) => `failed inserting check: ${reason} on node ${quote(node)}`;
  yield* named(ensureChecks(tx, node, checks), name);
}

/** Says in the reason of a refusal which part of a registration it is about. */
function* named(steps: Steps, name: (reason: string) => string): Steps {
  try {
    yield* steps;
  } catch (thrown) {
    throw thrown instanceof CommandRefused ? new CommandRefused(name(thrown.message)) : thrown;
  }
}

function nodeOf({
  ID,
  Node,
  Address,
  Datacenter,
  TaggedAddresses,
  NodeMeta,
}: RegisterRequest): NodeDefinition {
  return { ID, Node, Address, Datacenter, TaggedAddresses, Meta: NodeMeta };
}

function* deregister(tx: Transaction, { Node, ServiceID, CheckID }: DeregisterRequest): Steps {
  if (ServiceID !== '') yield* deleteService(tx, Node, ServiceID);
  else if (CheckID !== '') yield* deleteCheck(tx, Node, CheckID);
  else yield* deleteNode(tx, Node);
}
