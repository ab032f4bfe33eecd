import type { Session, SessionRequest } from '../records/index.ts';
import { idKey, joinKey, nameKey, sessionIdProblem } from './keys.ts';
import { deleteKey, releaseKey } from './kv.ts';
import type { SessionCheck } from './tables.ts';
import { topics } from './topics.ts';
import { CommandRefused, type Steps, type Transaction } from './transaction.ts';

/** Sessions: what holds keys, and what ends it. Source: consensus-and-rpc.md 5.4. */

const releases = 'release';
const deletes = 'delete';
const nsPerSecond = 1_000_000_000n;
const lockDelayMaxNs = 60n * nsPerSecond;
const criticalStatus = 'critical';

/** Applies a Session command. Answers the id of a session that was created. */
export function* applySession(
  tx: Transaction,
  { Op, Session: given }: SessionRequest,
): Steps<string | undefined> {
  switch (Op) {
    case 'create':
      return createSession(tx, given);
    case 'destroy':
      yield* destroySession(tx, given.ID);
      return undefined;
    default:
      throw new CommandRefused(`Invalid session operation '${Op}'`);
  }
}

function createSession(tx: Transaction, given: Session): string {
  const { ID, Node } = given;
  if (ID === '') throw new CommandRefused('Missing session ID');
  const Behavior = given.Behavior === '' ? releases : given.Behavior;
  if (Behavior !== releases && Behavior !== deletes) {
    throw new CommandRefused(`Invalid session behavior: ${given.Behavior}`);
  }
  if (tx.tables.nodes.get(nameKey(Node)) === undefined) throw new CommandRefused('Missing node registration');
  const checkIds = checkIdsOf(given);
  for (const id of checkIds) mustNotBeCritical(tx, Node, id);
  const session: Session = {
    ...given,
    Behavior,
    CreateIndex: tx.index,
    ModifyIndex: tx.index,
  };
  insertSession(tx, session);
  return ID;
}

function mustNotBeCritical(tx: Transaction, node: string, id: string): void {
  const check = tx.tables.checks.get(joinKey(node, id));
  if (check === undefined) throw new CommandRefused(`Missing check '${id}' registration`);
  if (check.Status === criticalStatus) {
    throw new CommandRefused(`Check '${id}' is in ${criticalStatus} state`);
  }
}

/** The ids of all checks that a session depends on. */
function checkIdsOf(session: Session): string[] {
  return [
    ...(session.Checks ?? []),
    ...(session.NodeChecks ?? []),
    ...(session.ServiceChecks ?? []).map(({ ID }) => ID),
  ];
}

/** Puts a session and what depends on it into the tables, as it is. One with its id, which no leader makes, gives way. */
export function insertSession(tx: Transaction, session: Session): void {
  const { sessions, sessionsByNode, sessionChecks } = tx.tables;
  const previous = sessions.get(idKey(session.ID));
  if (previous !== undefined) forget(tx, previous);
  tx.put(sessions, idKey(session.ID), session);
  tx.put(sessionsByNode, joinKey(session.Node, session.ID), session);
  for (const row of checkRowsOf(session)) tx.put(sessionChecks, checkRowKey(row), row);
  touchSession(tx, session);
}

/** Takes a session out of the tables. */
function forget(tx: Transaction, session: Session): void {
  const { sessions, sessionsByNode, sessionChecks } = tx.tables;
  tx.remove(sessions, idKey(session.ID));
  tx.remove(sessionsByNode, joinKey(session.Node, session.ID));
  for (const row of checkRowsOf(session)) tx.remove(sessionChecks, checkRowKey(row));
  touchSession(tx, session);
}

function checkRowsOf(session: Session): SessionCheck[] {
  return checkIdsOf(session).map((check) => ({ node: session.Node, check, session: session.ID }));
}

function checkRowKey({ node, check, session }: SessionCheck): string {
  return `${joinKey(node, check)}${session}`;
}

/** Ends a session that is named by a client. @throws CommandRefused for what is no id. */
export function* destroySession(tx: Transaction, id: string): Steps {
  const problem = sessionIdProblem(id);
  if (problem !== undefined) throw new CommandRefused(problem);
  yield* endSession(tx, id);
}

/** Ends a session: its keys are released or deleted, and may not be taken for its lock delay. An unknown one has ended already. */
function* endSession(tx: Transaction, id: string): Steps {
  const { sessions, kvsBySession } = tx.tables;
  const session = sessions.get(idKey(id));
  if (session === undefined) return;
  forget(tx, session);
  const delayNs = session.LockDelay > lockDelayMaxNs ? lockDelayMaxNs : session.LockDelay;
  for (const entry of kvsBySession.list(`${idKey(session.ID)}\0`)) {
    if (session.Behavior === deletes) deleteKey(tx, entry.Key);
    else releaseKey(tx, entry);
    if (delayNs > 0n) tx.lockDelays.push({ key: entry.Key, delayNs });
    yield;
  }
}

/** Ends the sessions that depend on a check: it is critical, or it is gone. */
export function* endSessionsOfCheck(tx: Transaction, node: string, check: string): Steps {
  for (const { session } of tx.tables.sessionChecks.list(joinKey(node, check))) {
    yield* endSession(tx, session);
    yield;
  }
}

/** Ends the sessions of a node that is removed. */
export function* endSessionsOfNode(tx: Transaction, node: string): Steps {
  for (const { ID } of tx.tables.sessionsByNode.list(joinKey(node))) {
    yield* endSession(tx, ID);
    yield;
  }
}

function touchSession(tx: Transaction, { ID, Node }: Session): void {
  tx.touch(topics.session(ID));
  tx.touch(topics.nodeSessions(Node));
  tx.moveTable('sessions');
}
