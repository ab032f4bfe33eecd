import type { NodeService, Weights } from '../records/index.ts';
import { deleteChecksWithOwner } from './checks.ts';
import { joinKey, nameKey } from './keys.ts';
import { isSameBut } from './same.ts';
import { touchServicesOf, writeInstance } from './service-instances.ts';
import { serviceMetaProblem } from './service-meta.ts';
import type { Instance } from './tables.ts';
import { topics } from './topics.ts';
import { CommandRefused, type Steps, type Transaction } from './transaction.ts';

/** The services of nodes: registering and removing. Source: consensus-and-rpc.md 5.2, 5.3. */

const defaultWeights: Weights = { Passing: 1, Warning: 1 };
/** The greatest weight that a DNS SRV record can hold. */
const weightMax = 65_535;

/** Weights that Consul finds invalid count as if none were given. */
function validWeights(weights: Weights | null): Weights {
  const isValid =
    weights !== null &&
    weights.Passing >= 1 &&
    weights.Passing <= weightMax &&
    weights.Warning >= 0 &&
    weights.Warning <= weightMax;
  return isValid ? weights : defaultWeights;
}

const raftIndexFields = ['CreateIndex', 'ModifyIndex'];

/** @throws CommandRefused when the service cannot be stored. */
export function ensureService(tx: Transaction, node: string, given: NodeService): void {
  const key = joinKey(node, given.ID);
  const existing = tx.tables.instances.get(key);
  const service = { ...given, Weights: validWeights(given.Weights), LocallyRegisteredAsSidecar: false };
  const problem = serviceMetaProblem(service);
  if (problem !== undefined) {
    throw new CommandRefused(`Invalid Service Meta for node ${node} and serviceID ${service.ID}: ${problem}`);
  }
  if (tx.tables.nodes.get(nameKey(node)) === undefined) {
    throw new CommandRefused('Missing node registration');
  }
  // The name of the node is kept as it was written, so that another way to write it is a change.
  const isUnchanged = existing?.node === node && isSameBut(existing.service, service, raftIndexFields);
  if (isUnchanged) return;
  if (service.ID === '') {
    throw new CommandRefused('failed inserting service: object missing primary index');
  }
  const row: NodeService = {
    ...service,
    CreateIndex: existing?.service.CreateIndex ?? tx.index,
    ModifyIndex: tx.index,
  };
  const next: Instance = { node, service: row, checks: existing?.checks ?? [] };
  writeInstance(tx, existing, next);
  if (existing !== undefined) touchServicesOf(tx, existing);
  touchServicesOf(tx, next);
  tx.touch(topics.node(node));
  tx.moveTable('services');
}

/** Puts a service into the tables as it is: one that was there before. */
export function insertService(tx: Transaction, node: string, service: NodeService): void {
  writeInstance(tx, undefined, { node, service, checks: [] });
}

/** Removes a service with its checks; what is not there is removed already. */
export function* deleteService(tx: Transaction, node: string, id: string): Steps {
  const instance = tx.tables.instances.get(joinKey(node, id));
  if (instance === undefined) return;
  yield* deleteChecksWithOwner(tx, instance.checks);
  writeInstance(tx, instance, undefined);
  touchServicesOf(tx, instance);
  tx.touch(topics.node(node));
  tx.moveTable('services');
  tx.moveTable('checks');
}
