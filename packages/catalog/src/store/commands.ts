import type { CoordinateUpdateRequest, DeregisterRequest, RegisterRequest } from '../records/index.ts';
import { deleteCheck, ensureChecks } from './checks.ts';
import { updateCoordinates } from './coordinates.ts';
import { joinKey, nameKey } from './keys.ts';
import { changesNode, deleteNode, ensureNode, type NodeDefinition } from './nodes.ts';
import { deleteService, ensureService } from './services.ts';
import type { Tables } from './tables.ts';
import type { Steps, Transaction } from './transaction.ts';

/** The commands of the Raft log that change the catalog. Source: consensus-and-rpc.md 5.9. */

/** What the log carries: the type is the first byte of a payload, the body its msgpack. */
export type Command =
  | { readonly type: 0; readonly body: RegisterRequest }
  | { readonly type: 1; readonly body: DeregisterRequest }
  | { readonly type: 6; readonly body: readonly CoordinateUpdateRequest[] };

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
    case 6:
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
export function* execute(tx: Transaction, command: Command): Steps {
  switch (command.type) {
    case 0:
      yield* register(tx, command.body);
      break;
    case 1:
      yield* deregister(tx, command.body);
      break;
    case 6:
      updateCoordinates(tx, command.body);
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
