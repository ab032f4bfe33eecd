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
  if (existing !== undefined) {
    touchCheck(tx, existing);
    if (!isBesideSame(existing, next)) touchConcerned(tx, existing);
  }
  touchCheck(tx, next);
  touchConcerned(tx, next);
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
  touchCheck(tx, existing);
  touchConcerned(tx, existing);
  tx.moveTable('checks');
  // Consul does this, for checks of nodes only.
  if (existing.ServiceID === '') tx.moveTable('services');
}

/** Puts `next` in the place of `previous`, in the table, its indexes and beside the service or node concerned. */
function writeCheck(tx: Transaction, previous: HealthCheck | undefined, next: HealthCheck | undefined): void {
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
  if (previous !== undefined && !(next !== undefined && isBesideSame(previous, next))) {
    placeBeside(tx, previous, undefined);
  }
  if (next !== undefined) placeBeside(tx, next, next);
}

function isBesideSame(a: HealthCheck, b: HealthCheck): boolean {
  return nameKey(a.ServiceID) === nameKey(b.ServiceID);
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

/** Names what the answers about the check depend on. */
function touchCheck(tx: Transaction, { Node, ServiceName, Status }: HealthCheck): void {
  tx.touch(topics.nodeChecks(Node));
  tx.touch(topics.serviceChecks(ServiceName));
  tx.touch(topics.checkStatus(Status));
}

/** Moves the indexes of the service that the check is about, or of all services of its node. */
function touchConcerned(tx: Transaction, { Node, ServiceID }: HealthCheck): void {
  if (ServiceID === '') {
    touchServicesOn(tx, Node);
    return;
  }
  const instance = tx.tables.instances.get(joinKey(Node, ServiceID));
  if (instance !== undefined) touchServicesOf(tx, instance);
}
