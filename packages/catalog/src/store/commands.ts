import type { CoordinateUpdateRequest, DeregisterRequest, RegisterRequest } from '../records/index.ts';
import { deleteCheck, ensureChecks } from './checks.ts';
import { updateCoordinates } from './coordinates.ts';
import { nameKey } from './keys.ts';
import { deleteNode, ensureNode, type NodeDefinition } from './nodes.ts';
import { deleteService, ensureService } from './services.ts';
import type { Transaction } from './transaction.ts';

/** The commands of the Raft log that change the catalog. Source: consensus-and-rpc.md 5.9. */

/** What the log carries: the type is the first byte of a payload, the body its msgpack. */
export type Command =
  | { readonly type: 0; readonly body: RegisterRequest }
  | { readonly type: 1; readonly body: DeregisterRequest }
  | { readonly type: 6; readonly body: readonly CoordinateUpdateRequest[] };

/** @throws CommandRefused when the state does not allow the command. */
export function execute(tx: Transaction, command: Command): void {
  switch (command.type) {
    case 0:
      register(tx, command.body);
      break;
    case 1:
      deregister(tx, command.body);
      break;
    case 6:
      updateCoordinates(tx, command.body);
  }
}

function register(tx: Transaction, request: RegisterRequest): void {
  const isKnown = tx.tables.nodes.get(nameKey(request.Node)) !== undefined;
  if (!(request.SkipNodeUpdate && isKnown)) ensureNode(tx, nodeOf(request));
  if (request.Service !== null) ensureService(tx, request.Node, request.Service);
  const checks = [request.Check, ...(request.Checks ?? [])].filter((check) => check !== null);
  ensureChecks(tx, request.Node, checks);
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

function deregister(tx: Transaction, { Node, ServiceID, CheckID }: DeregisterRequest): void {
  if (ServiceID !== '') deleteService(tx, Node, ServiceID);
  else if (CheckID !== '') deleteCheck(tx, Node, CheckID);
  else deleteNode(tx, Node);
}
