import { quote } from '../go/index.ts';
import type { HealthCheck } from '../records/index.ts';
import { joinKey, nameKey } from './keys.ts';
import { isSame, isSameBut } from './same.ts';
import { touchServicesOf, touchServicesOn, writeInstance } from './service-instances.ts';
import type { NodeEntry } from './tables.ts';
import { topics } from './topics.ts';
import { CommandRefused, type Transaction } from './transaction.ts';

/** The checks of nodes and of their services. Source: consensus-and-rpc.md 5.2, 5.3. */

export const criticalStatus = 'critical';

/** Consul does not compare `Type`: a check of which only that changes keeps its ModifyIndex. */
const notCompared = ['CreateIndex', 'ModifyIndex', 'Type'];

/** @throws CommandRefused when the check cannot be stored. */
export function ensureCheck(tx: Transaction, node: string, given: HealthCheck): void {
  if (given.Node !== node) {
    throw new CommandRefused(`check node ${quote(given.Node)} does not match node ${quote(node)}`);
  }
  const problem = placeProblem(tx, given);
  if (problem !== undefined) {
    throw new CommandRefused(`failed inserting check: ${problem} on node ${quote(node)}`);
  }
  const existing = tx.tables.checks.get(joinKey(node, given.CheckID));
  const check = withServiceFields(tx, {
    ...given,
    Status: given.Status === '' ? criticalStatus : given.Status,
  });
  const isUnchanged = existing !== undefined && isSameBut(existing, check, notCompared);
  tx.moveTable('checks');
  if (isUnchanged && isSame(existing.Type, check.Type)) return;
  const next: HealthCheck = {
    ...check,
    CreateIndex: existing?.CreateIndex ?? tx.index,
    ModifyIndex: isUnchanged ? existing.ModifyIndex : tx.index,
  };
  writeCheck(tx, existing, next);
  if (existing !== undefined) touchChecked(tx, existing);
  touchChecked(tx, next);
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

/** Removes a check; one that is not there is removed already. */
export function deleteCheck(tx: Transaction, node: string, id: string): void {
  const existing = tx.tables.checks.get(joinKey(node, id));
  if (existing === undefined) return;
  writeCheck(tx, existing, undefined);
  touchChecked(tx, existing);
  tx.moveTable('checks');
  // Consul does this, for checks of nodes only.
  if (existing.ServiceID === '') tx.moveTable('services');
}

/** Puts `next` in the place of `previous`, in the table, its indexes and beside the service or node concerned. */
function writeCheck(tx: Transaction, previous: HealthCheck | undefined, next: HealthCheck | undefined): void {
  const { checks, checksByService, checksByStatus } = tx.tables;
  const keysOf = (check: HealthCheck) => {
    const key = joinKey(check.Node, check.CheckID);
    return { key, byService: joinKey(check.ServiceName) + key, byStatus: `${check.Status}\0${key}` };
  };
  if (previous !== undefined) {
    const keys = keysOf(previous);
    tx.remove(checks, keys.key);
    tx.remove(checksByService, keys.byService);
    tx.remove(checksByStatus, keys.byStatus);
    placeBeside(tx, previous, undefined);
  }
  if (next !== undefined) {
    const keys = keysOf(next);
    tx.put(checks, keys.key, next);
    tx.put(checksByService, keys.byService, next);
    tx.put(checksByStatus, keys.byStatus, next);
    placeBeside(tx, next, next);
  }
}

/** Replaces the check with the id of `place` by `check` in the list that its service or node holds. */
function placeBeside(tx: Transaction, place: HealthCheck, check: HealthCheck | undefined): void {
  if (place.ServiceID === '') {
    const key = nameKey(place.Node);
    const entry = tx.tables.nodes.get(key);
    if (entry === undefined) return;
    const changed: NodeEntry = { node: entry.node, checks: replaced(entry.checks, place.CheckID, check) };
    tx.put(tx.tables.nodes, key, changed);
    return;
  }
  const instance = tx.tables.instances.get(joinKey(place.Node, place.ServiceID));
  if (instance === undefined) return;
  writeInstance(tx, instance, { ...instance, checks: replaced(instance.checks, place.CheckID, check) });
}

/** `list`, which is in the order of ids, with the check of that id replaced, added or left out. */
function replaced(
  list: readonly HealthCheck[],
  id: string,
  check: HealthCheck | undefined,
): readonly HealthCheck[] {
  const key = nameKey(id);
  const before = list.filter(({ CheckID }) => nameKey(CheckID) < key);
  const after = list.filter(({ CheckID }) => nameKey(CheckID) > key);
  return check === undefined ? [...before, ...after] : [...before, check, ...after];
}

/** Moves what the answers about this check, its service or all services of its node depend on. */
function touchChecked(tx: Transaction, check: HealthCheck): void {
  tx.touch(topics.nodeChecks(check.Node));
  tx.touch(topics.serviceChecks(check.ServiceName));
  tx.touch(topics.checkStatus(check.Status));
  if (check.ServiceID === '') {
    touchServicesOn(tx, check.Node);
    return;
  }
  const instance = tx.tables.instances.get(joinKey(check.Node, check.ServiceID));
  if (instance !== undefined) touchServicesOf(tx, instance);
}
