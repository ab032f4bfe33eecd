import { quote } from '../go/index.ts';
import type { HealthCheck, NodeRecord, TxnResult, TxnServiceOp } from '../records/index.ts';
import { deleteCheck, ensureChecks } from './checks.ts';
import { joinKey, nameKey } from './keys.ts';
import { deleteNode, ensureNode } from './nodes.ts';
import { deleteService, ensureService } from './services.ts';
import { CommandRefused, once, type Steps, type Transaction } from './transaction.ts';
import { readCheck, readNode, readService } from './txn-catalog-reads.ts';
import { noResult, resultOf } from './txn-reads.ts';

/** The operations of transactions on nodes, services and checks. Source: consensus-and-rpc.md 5.6. */

/** How one kind of thing is worked on. */
interface Subject {
  /** How error texts call it: `node "n1"`. */
  readonly called: string;
  /** `Node`, `Service` or `Check`. */
  readonly kind: string;
  readonly verb: string;
  /** Undefined when it is missing. */
  readonly currentIndex: number | undefined;
  readonly givenIndex: number;
  readonly set: () => Steps;
  readonly remove: () => Steps;
  readonly read: () => TxnResult;
}

export function* applyNodeOp(tx: Transaction, verb: string, given: NodeRecord): Steps<readonly TxnResult[]> {
  return yield* applyOp({
    called: `node ${quote(given.Node)}`,
    kind: 'Node',
    verb,
    currentIndex: tx.tables.nodes.get(nameKey(given.Node))?.node.ModifyIndex,
    givenIndex: given.ModifyIndex,
    set: () => {
      const { CreateIndex, ModifyIndex, ...definition } = given;
      return ensureNode(tx, definition);
    },
    remove: () => deleteNode(tx, given.Node),
    read: () => resultOf({ Node: readNode(tx.tables, given) }),
  });
}

export function* applyServiceOp(tx: Transaction, op: TxnServiceOp): Steps<readonly TxnResult[]> {
  const { Node, Service, Verb } = op;
  return yield* applyOp({
    called: `service ${quote(Service.ID)} on node ${quote(Node)}`,
    kind: 'Service',
    verb: Verb,
    currentIndex: tx.tables.instances.get(joinKey(Node, Service.ID))?.service.ModifyIndex,
    givenIndex: Service.ModifyIndex,
    set: () => once(() => ensureService(tx, Node, Service)),
    remove: () => deleteService(tx, Node, Service.ID),
    read: () => resultOf({ Service: readService(tx.tables, op) }),
  });
}

export function* applyCheckOp(
  tx: Transaction,
  verb: string,
  given: HealthCheck,
): Steps<readonly TxnResult[]> {
  return yield* applyOp({
    called: `check ${quote(given.CheckID)} on node ${quote(given.Node)}`,
    kind: 'Check',
    verb,
    currentIndex: tx.tables.checks.get(joinKey(given.Node, given.CheckID))?.ModifyIndex,
    givenIndex: given.ModifyIndex,
    set: () => ensureChecks(tx, given.Node, [given]),
    remove: () => deleteCheck(tx, given.Node, given.CheckID),
    read: () => resultOf({ Check: readCheck(tx.tables, given) }),
  });
}

function* applyOp(subject: Subject): Steps<readonly TxnResult[]> {
  const { called, kind, verb, currentIndex, givenIndex, set, remove, read } = subject;
  switch (verb) {
    case 'get':
      return [read()];
    case 'set':
      yield* set();
      return [read()];
    case 'cas':
      if ((currentIndex ?? 0) !== givenIndex) {
        throw new CommandRefused(`failed to set ${called}, index is stale`);
      }
      yield* set();
      return [read()];
    case 'delete':
      yield* remove();
      return noResult;
    case 'delete-cas':
      if (currentIndex === undefined || currentIndex !== givenIndex) {
        throw new CommandRefused(`failed to delete ${called}, index is stale`);
      }
      yield* remove();
      return noResult;
    default:
      throw new CommandRefused(`unknown ${kind} verb ${quote(verb)}`);
  }
}
