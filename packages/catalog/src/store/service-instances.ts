import type { NodeService } from '../records/index.ts';
import { connectIndexName, dropIndex, serviceIndexName } from './indexes.ts';
import { joinKey } from './keys.ts';
import type { OrderedMap } from './ordered-map.ts';
import type { Instance } from './tables.ts';
import { topics } from './topics.ts';
import type { Transaction } from './transaction.ts';

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
  const index = (map: OrderedMap<Instance>, nameOf: (service: NodeService) => string | undefined) =>
    writeIndexed(tx, map, key, {
      before: previous && nameOf(previous.service),
      after: next && nameOf(next.service),
      next,
    });
  index(tables.instancesByName, ({ Service }) => Service);
  index(tables.instancesByTarget, connectTarget);
}

interface Renamed {
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly next: Instance | undefined;
}

function writeIndexed(tx: Transaction, map: OrderedMap<Instance>, key: string, renamed: Renamed): void {
  const { before, after, next } = renamed;
  const from = before === undefined ? undefined : joinKey(before) + key;
  const to = after === undefined ? undefined : joinKey(after) + key;
  if (from !== undefined && from !== to) tx.remove(map, from);
  if (to !== undefined && next !== undefined) tx.put(map, to, next);
}

/** Moves the indexes of the services that `instance` stands for, or ends them when it was the last. */
export function touchServicesOf(tx: Transaction, instance: Instance): void {
  const { service } = instance;
  touchName(tx, tx.tables.instancesByName, service.Service, serviceIndexName(service.Service));
  tx.touch(topics.service(service.Service));
  const target = connectTarget(service);
  if (target === undefined) return;
  touchName(tx, tx.tables.instancesByTarget, target, connectIndexName(target));
  tx.touch(topics.connect(target));
}

function touchName(tx: Transaction, map: OrderedMap<Instance>, name: string, indexName: string): void {
  if (map.has(joinKey(name))) tx.moveIndex(indexName);
  else if (tx.tables.indexes.get(indexName) !== undefined) dropIndex(tx, indexName);
}

/** Moves the indexes of all services on a node: its record and its checks are part of their answers. */
export function touchServicesOn(tx: Transaction, node: string): void {
  tx.tables.instances.scan(joinKey(node), (instance) => touchServicesOf(tx, instance));
}
