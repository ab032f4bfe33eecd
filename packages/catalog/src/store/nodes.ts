import { quote } from '../go/index.ts';
import type { NodeRecord } from '../records/index.ts';
import { criticalStatus, deleteChecksWithOwner } from './checks.ts';
import { idKey, joinKey, nameKey } from './keys.ts';
import { isSame } from './same.ts';
import { touchServicesOn } from './service-instances.ts';
import { deleteService } from './services.ts';
import { endSessionsOfNode } from './sessions.ts';
import type { NodeEntry, Tables } from './tables.ts';
import { topics } from './topics.ts';
import { CommandRefused, type Steps, type Transaction } from './transaction.ts';

/** The nodes: registering, renaming by id, removing. Source: consensus-and-rpc.md 5.2, 5.3. */

/** The check by which a node says that it is alive: its name belongs to it until this check is critical. */
const serfHealthId = 'serfHealth';

/** What a registration says of its node. */
export type NodeDefinition = Omit<NodeRecord, 'CreateIndex' | 'ModifyIndex'>;

/** False when the node is registered already, as it is given. */
export function changesNode({ nodes }: Tables, given: NodeDefinition): boolean {
  const named = nodes.get(nameKey(given.Node));
  return named === undefined || !isSameNode(named.node, given);
}

/** @throws CommandRefused when the name belongs to another node that is alive. */
export function* ensureNode(tx: Transaction, given: NodeDefinition): Steps {
  const key = nameKey(given.Node);
  if (!changesNode(tx.tables, given)) return;
  const named = tx.tables.nodes.get(key);
  const keyById = given.ID === '' ? undefined : tx.tables.nodeIds.get(idKey(given.ID));
  const owner = keyById === undefined ? undefined : tx.tables.nodes.get(keyById);
  if (given.ID !== '') yield* claimName(tx, given, owner?.node);
  const previous = owner ?? named;
  writeNode(tx, {
    node: {
      ...given,
      CreateIndex: previous?.node.CreateIndex ?? tx.index,
      ModifyIndex: tx.index,
    },
    checks: tx.tables.nodes.get(key)?.checks ?? [],
  });
  yield* touchServicesOn(tx, given.Node);
}

/** Takes the name for a node with an id: from a node that may not keep it, and from this one's own older name. */
function* claimName(tx: Transaction, given: NodeDefinition, owner: NodeRecord | undefined): Steps {
  if (owner?.Node === given.Node) return;
  const holder = tx.tables.nodes.get(nameKey(given.Node))?.node;
  const mayUpgrade = owner === undefined && holder?.ID === '';
  if (holder !== undefined && holder.ID !== given.ID && !mayUpgrade && isAlive(tx, holder.Node)) {
    const address = owner === undefined ? '' : ` (${given.Address})`;
    throw new CommandRefused(
      `Error while renaming Node ID: ${quote(given.ID)}${address}: Node name ${given.Node} ` +
        `is reserved by node ${holder.ID} with name ${holder.Node} (${holder.Address})`,
    );
  }
  if (owner !== undefined) yield* deleteNode(tx, owner.Node);
}

function isAlive(tx: Transaction, node: string): boolean {
  const check = tx.tables.checks.get(joinKey(node, serfHealthId));
  return check !== undefined && check.Status !== criticalStatus;
}

function isSameNode(a: NodeDefinition, b: NodeDefinition): boolean {
  return (
    a.ID === b.ID &&
    a.Node === b.Node &&
    a.Address === b.Address &&
    a.Datacenter === b.Datacenter &&
    isSame(a.TaggedAddresses, b.TaggedAddresses) &&
    isSame(a.Meta, b.Meta)
  );
}

/** Puts a node into the tables as it is: one that was there before. */
export function insertNode(tx: Transaction, node: NodeRecord): void {
  writeNode(tx, { node, checks: [] });
}

function writeNode(tx: Transaction, entry: NodeEntry): void {
  const { nodes, nodeIds } = tx.tables;
  const key = nameKey(entry.node.Node);
  const previous = nodes.get(key);
  if (previous !== undefined && previous.node.ID !== '') tx.remove(nodeIds, idKey(previous.node.ID));
  if (entry.node.ID !== '') tx.put(nodeIds, idKey(entry.node.ID), key);
  tx.put(nodes, key, entry);
  tx.moveTable('nodes');
  tx.touch(topics.node(entry.node.Node));
}

/** Removes a node with all that belongs to it; one that is not there is removed already. */
export function* deleteNode(tx: Transaction, name: string): Steps {
  const { nodes, nodeIds, instances, coordinates } = tx.tables;
  const key = nameKey(name);
  const entry = nodes.get(key);
  if (entry === undefined) return;
  yield* endSessionsOfNode(tx, name);
  for (const { service } of instances.list(joinKey(name))) {
    yield* deleteService(tx, name, service.ID);
    yield;
  }
  yield* deleteChecksWithOwner(tx, entry.checks);
  // Consul does this, for checks of nodes only.
  if (entry.checks.length > 0) tx.moveTable('services');
  for (const { Node, Segment } of coordinates.list(joinKey(name))) {
    tx.remove(coordinates, joinKey(Node, Segment));
    tx.moveTable('coordinates');
    tx.touch(topics.coordinate(name));
  }
  tx.remove(nodes, key);
  if (entry.node.ID !== '') tx.remove(nodeIds, idKey(entry.node.ID));
  tx.moveTable('nodes');
  tx.touch(topics.node(name));
}
