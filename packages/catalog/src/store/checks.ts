import type { HealthCheck } from '../records/index.ts';
import { ChecksBeside, isBesideSame } from './checks-beside.ts';
import { joinKey, nameKey } from './keys.ts';
import { isSame, isSameBut } from './same.ts';
import { touchServicesOf, touchServicesOn } from './service-instances.ts';
import { endSessionsOfCheck } from './sessions.ts';
import { topics } from './topics.ts';
import { CommandRefused, type Steps, type Transaction } from './transaction.ts';

/** The checks of nodes and of their services. Source: consensus-and-rpc.md 5.2, 5.3. */

export const criticalStatus = 'critical';

/** Consul does not compare `Type`: a check of which only that changes keeps its ModifyIndex. */
const notCompared = ['CreateIndex', 'ModifyIndex', 'Type'];

/** Registers checks one after the other. @throws CommandRefused when one cannot be stored. */
export function* ensureChecks(tx: Transaction, node: string, given: readonly HealthCheck[]): Steps {
  const beside = new ChecksBeside(tx);
  for (const check of given) {
    yield* ensureCheck(tx, node, check, beside);
    yield;
  }
  beside.write();
}

function* ensureCheck(tx: Transaction, node: string, given: HealthCheck, beside: ChecksBeside): Steps {
  const problem = placeProblem(tx, given);
  if (problem !== undefined) throw new CommandRefused(problem);
  const existing = tx.tables.checks.get(joinKey(node, given.CheckID));
  const check = withServiceFields(tx, {
    ...given,
    Status: given.Status === '' ? criticalStatus : given.Status,
  });
  if (check.Status === criticalStatus) yield* endSessionsOfCheck(tx, node, check.CheckID);
  const isUnchanged = existing !== undefined && isSameBut(existing, check, notCompared);
  tx.moveTable('checks');
  if (isUnchanged && isSame(existing.Type, check.Type)) return;
  const next: HealthCheck = {
    ...check,
    CreateIndex: existing?.CreateIndex ?? tx.index,
    ModifyIndex: isUnchanged ? existing.ModifyIndex : tx.index,
  };
  writeRows(tx, existing, next);
  if (existing !== undefined) {
    if (!isBesideSame(existing, next)) beside.remove(existing);
    touchCheck(tx, existing);
    if (!isBesideSame(existing, next)) yield* touchConcerned(tx, existing);
  }
  beside.put(next);
  touchCheck(tx, next);
  yield* touchConcerned(tx, next);
}

function placeProblem(tx: Transaction, { Node, CheckID, ServiceID }: HealthCheck): string | undefined {
  const { nodes, instances } = tx.tables;
  if (nodes.get(nameKey(Node)) === undefined) return 'Missing node registration';
  if (ServiceID !== '' && instances.get(joinKey(Node, ServiceID)) === undefined) {
    return 'Missing service registration';
  }
  return CheckID === '' ? 'failed inserting check: object missing primary index' : undefined;
}

/** Copies name and tags from the service as it is now; a later change of it leaves the copies as they are. */
function withServiceFields(tx: Transaction, check: HealthCheck): HealthCheck {
  const instance =
    check.ServiceID === '' ? undefined : tx.tables.instances.get(joinKey(check.Node, check.ServiceID));
  if (instance === undefined) return check;
  const { Service, Tags } = instance.service;
  return { ...check, ServiceName: Service, ServiceTags: Tags };
}

/** Puts a check into the tables as it is: one that was there before. */
export function insertCheck(tx: Transaction, check: HealthCheck): void {
  writeRows(tx, undefined, check);
  const beside = new ChecksBeside(tx);
  beside.put(check);
  beside.write();
}

/** Removes a check; one that is not there is removed already. */
export function* deleteCheck(tx: Transaction, node: string, id: string): Steps {
  const existing = tx.tables.checks.get(joinKey(node, id));
  if (existing === undefined) return;
  writeRows(tx, existing, undefined);
  const beside = new ChecksBeside(tx);
  beside.remove(existing);
  beside.write();
  touchCheck(tx, existing);
  yield* touchConcerned(tx, existing);
  tx.moveTable('checks');
  // Consul does this, for checks of nodes only.
  if (existing.ServiceID === '') tx.moveTable('services');
  yield* endSessionsOfCheck(tx, node, id);
}

/** Removes the checks of a service or node that goes with them, and moves no index but the tables'. */
export function* deleteChecksWithOwner(tx: Transaction, checks: readonly HealthCheck[]): Steps {
  for (const check of checks) {
    writeRows(tx, check, undefined);
    touchCheck(tx, check);
    yield* endSessionsOfCheck(tx, check.Node, check.CheckID);
    yield;
  }
  if (checks.length > 0) tx.moveTable('checks');
}

/** Puts `next` in the place of `previous`, in the table and its indexes. */
function writeRows(tx: Transaction, previous: HealthCheck | undefined, next: HealthCheck | undefined): void {
  const { checks, checksByService, checksByStatus } = tx.tables;
  const check = next ?? previous;
  if (check === undefined) return;
  // Both have the same node and id.
  const key = joinKey(check.Node, check.CheckID);
  const move = (map: typeof checks, prefixOf: (one: HealthCheck) => string) => {
    const [from, to] = [previous && prefixOf(previous), next && prefixOf(next)];
    const toKey = to === undefined ? undefined : to + key;
    tx.move(map, from === to ? toKey : from === undefined ? undefined : from + key, toKey, next);
  };
  move(checks, () => '');
  move(checksByService, ({ ServiceName }) => joinKey(ServiceName));
  move(checksByStatus, ({ Status }) => `${Status}\0`);
}

/** Names what the answers about the check depend on. */
function touchCheck(tx: Transaction, { Node, ServiceName, Status }: HealthCheck): void {
  tx.touch(topics.nodeChecks(Node));
  tx.touch(topics.serviceChecks(ServiceName));
  tx.touch(topics.checkStatus(Status));
}

/** Moves the indexes of the service that the check is about, or of all services of its node. */
function* touchConcerned(tx: Transaction, { Node, ServiceID }: HealthCheck): Steps {
  if (ServiceID === '') {
    yield* touchServicesOn(tx, Node);
    return;
  }
  const instance = tx.tables.instances.get(joinKey(Node, ServiceID));
  if (instance !== undefined) touchServicesOf(tx, instance);
}
