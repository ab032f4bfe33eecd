import type {
  CoordinateUpdateRequest,
  DeregisterRequest,
  KvsRequest,
  RegisterRequest,
  SessionRequest,
  TombstoneRequest,
  TxnRequest,
  TxnResponse,
} from '../records/index.ts';
import { deleteCheck, ensureChecks } from './checks.ts';
import { updateCoordinates } from './coordinates.ts';
import { joinKey, nameKey } from './keys.ts';
import { changesNode, deleteNode, ensureNode, type NodeDefinition } from './nodes.ts';
import { deleteService, ensureService } from './services.ts';
import type { Tables } from './tables.ts';
import { CommandRefused, type Steps, type Transaction } from './transaction.ts';

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
        (concernsNode(tables, body) && isLargeNode(tables, body.Node))
      );
    case 1:
      return body.ServiceID === '' && isLargeNode(tables, body.Node);
    default:
      return false;
  }
}

/** Whether a registration changes what all services of the node stand for. */
function concernsNode(tables: Tables, request: RegisterRequest): boolean {
  const checks = [request.Check, ...(request.Checks ?? [])];
  if (checks.some((check) => check?.ServiceID === '')) return true;
  return !request.SkipNodeUpdate && changesNode(tables, nodeOf(request));
}

function isLargeNode({ instances, checks }: Tables, node: string): boolean {
  const prefix = joinKey(node);
  return instances.hasMore(prefix, fewRowsCount) || checks.hasMore(prefix, fewRowsCount);
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
    default:
      throw new CommandRefused(`command ${command.type} is not applied yet`);
  }
}

function* register(tx: Transaction, request: RegisterRequest): Steps {
  const isKnown = tx.tables.nodes.get(nameKey(request.Node)) !== undefined;
  if (!(request.SkipNodeUpdate && isKnown)) yield* ensureNode(tx, nodeOf(request));
  if (request.Service !== null) ensureService(tx, request.Node, request.Service);
  const checks = [request.Check, ...(request.Checks ?? [])].filter((check) => check !== null);
  yield* ensureChecks(tx, request.Node, checks);
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
