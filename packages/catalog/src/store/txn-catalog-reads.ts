import { quote, uuidProblem } from '../go/index.ts';
import type { HealthCheck, NodeRecord, NodeService, TxnServiceOp } from '../records/index.ts';
import { idKey, joinKey, nameKey } from './keys.ts';
import type { Tables } from './tables.ts';
import { CommandRefused } from './transaction.ts';

/** What transactions find in the catalog; every one throws CommandRefused when it is not there. */

/** The node with the id of `given`, if it has one, or with its name. */
function findNode(tables: Tables, { ID, Node }: NodeRecord): NodeRecord | undefined {
  const key = ID === '' ? nameKey(Node) : tables.nodeIds.get(idKey(ID));
  return key === undefined ? undefined : tables.nodes.get(key)?.node;
}

export function readNode(tables: Tables, given: NodeRecord): NodeRecord {
  const problem = given.ID === '' ? undefined : uuidProblem(given.ID);
  if (problem !== undefined) {
    throw new CommandRefused(`node lookup by ID failed, wrong UUID: ${problem} for '${given.ID}'`);
  }
  return findNode(tables, given) ?? missing(`node ${quote(given.Node)}`);
}

export function readService(
  tables: Tables,
  { Node, Service: { ID } }: Pick<TxnServiceOp, 'Node' | 'Service'>,
): NodeService {
  const found = tables.instances.get(joinKey(Node, ID))?.service;
  return found ?? missing(`service ${quote(ID)} on node ${quote(Node)}`);
}

export function readCheck(tables: Tables, { Node, CheckID }: HealthCheck): HealthCheck {
  const found = tables.checks.get(joinKey(Node, CheckID));
  return found ?? missing(`check ${quote(CheckID)} on node ${quote(Node)}`);
}

function missing(what: string): never {
  throw new CommandRefused(`${what} doesn't exist`);
}
