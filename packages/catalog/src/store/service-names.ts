import type { NodeService } from '../records/index.ts';
import { joinKey } from './keys.ts';
import { TagCounts } from './tag-counts.ts';
import type { Transaction } from './transaction.ts';

/** The names of services and the tags that any instance has, counted so that no question has to visit all instances. */

/** Counts an instance that was `previous` and is `next`; either may be missing. */
export function countInstance(
  tx: Transaction,
  previous: NodeService | undefined,
  next: NodeService | undefined,
): void {
  if (previous?.Service === next?.Service && previous?.Tags === next?.Tags) return;
  if (next !== undefined) add(tx, next, 1);
  if (previous !== undefined) add(tx, previous, -1);
}

function add(tx: Transaction, { Service: name, Tags }: NodeService, change: 1 | -1): void {
  const { serviceNames } = tx.tables;
  // Names that differ in case are different here, and stand side by side.
  const key = joinKey(name) + name;
  const before = serviceNames.get(key);
  const instancesCount = (before?.instancesCount ?? 0) + change;
  if (instancesCount === 0) {
    tx.remove(serviceNames, key);
    return;
  }
  const tagCounts = (before?.tagCounts ?? new TagCounts()).with(Tags ?? [], change);
  tx.put(serviceNames, key, {
    name,
    instancesCount,
    tagCounts,
    get tags() {
      return tagCounts.tags;
    },
  });
}
