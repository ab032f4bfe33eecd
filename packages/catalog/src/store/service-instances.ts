import type { NodeService } from '../records/index.ts';
import { connectIndexName, dropIndex, serviceIndexName } from './indexes.ts';
import { joinKey, nameKey } from './keys.ts';
import type { OrderedMap } from './ordered-map.ts';
import { countInstance } from './service-names.ts';
import type { Instance } from './tables.ts';
import { topics } from './topics.ts';
import type { Steps, Transaction } from './transaction.ts';

/** Writes instances to the table and to its two indexes, and moves what their change concerns. */

/** The service that is reached through this one over Connect. */
function connectTarget(service: NodeService): string | undefined {
  if (service.Kind === 'connect-proxy') return service.Proxy.DestinationServiceName;
  return service.Connect.Native ? service.Service : undefined;
}

/** Puts `next` in the place of `previous`; either may be missing. Both are the same instance by node and id. */
export function writeInstance(
  tx: Transaction,
  previous: Instance | undefined,
  next: Instance | undefined,
): void {
  const { tables } = tx;
  const instance = next ?? previous;
  if (instance === undefined) return;
  const key = joinKey(instance.node, instance.service.ID);
  if (next === undefined) tx.remove(tables.instances, key);
  else tx.put(tables.instances, key, next);
  const move = (map: OrderedMap<Instance>, nameOf: (service: NodeService) => string | undefined) => {
    const [from, to] = [previous && nameOf(previous.service), next && nameOf(next.service)];
    const toKey = to === undefined ? undefined : joinKey(to) + key;
    tx.move(map, from === to ? toKey : from === undefined ? undefined : joinKey(from) + key, toKey, next);
  };
  move(tables.instancesByName, ({ Service }) => Service);
  move(tables.instancesByTarget, connectTarget);
  countInstance(tx, previous?.service, next?.service);
}

/** Moves the indexes of the services that `instance` stands for, or ends them when it was the last. */
export function touchServicesOf(tx: Transaction, instance: Instance): void {
  const { service } = instance;
  const { instances, instancesByName, instancesByTarget } = tx.tables;
  const isThere = instances.get(joinKey(instance.node, service.ID)) === instance;
  const touchName = (map: OrderedMap<Instance>, name: string, indexName: string) => {
    if (isThere || map.has(joinKey(name))) tx.moveIndex(indexName);
    else if (tx.tables.indexes.get(indexName) !== undefined) dropIndex(tx, indexName);
  };
  touchName(instancesByName, service.Service, serviceIndexName(service.Service));
  tx.touch(topics.service(service.Service));
  const target = connectTarget(service);
  if (target === undefined) return;
  touchName(instancesByTarget, target, connectIndexName(target));
  tx.touch(topics.connect(target));
}

/** Moves the indexes of all services on a node: its record and its checks are part of their answers. */
export function* touchServicesOn(tx: Transaction, node: string): Steps {
  // What one command adds or changes later is touched by itself.
  if (!tx.isFirst(`services on ${nameKey(node)}`)) return;
  for (const instance of tx.tables.instances.list(joinKey(node))) {
    touchServicesOf(tx, instance);
    yield;
  }
}
