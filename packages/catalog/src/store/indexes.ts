import { nameKey } from './keys.ts';
import type { Tables } from './tables.ts';
import { topics } from './topics.ts';
import type { Transaction } from './transaction.ts';

/**
 * Which index a query reports. Source: consensus-and-rpc.md 4.5. The index of a service moves with every change of
 * the answers about it; Consul forgets to when a service or a check moves from one name to another (ADR 0028).
 */

const extinctionIndex = 'service_last_extinction';

export function serviceIndexName(service: string): string {
  return `service.${nameKey(service)}`;
}

/** An index of our own: Consul takes the greatest among the services that serve the name. */
export function connectIndexName(service: string): string {
  return `connect.${nameKey(service)}`;
}

/** The greatest index of several tables. */
export function tableIndex(tables: Tables, ...names: readonly string[]): number {
  let greatest = 0;
  for (const name of names) greatest = Math.max(greatest, tables.indexes.get(name) ?? 0);
  return greatest;
}

/** What a question for one service depends on that has no instance. */
export const missingTopics = [topics.extinction] as const;

/** The index of one service or, when it has no instance, of the last that vanished, so that it never goes back. */
export function serviceIndex(
  tables: Tables,
  indexName: string,
  exists: boolean,
  fallback: readonly string[],
): number {
  const found = tables.indexes.get(exists ? indexName : extinctionIndex);
  return found ?? tableIndex(tables, ...fallback);
}

/** Says that nothing has the named index any more. */
export function dropIndex(tx: Transaction, name: string): void {
  tx.remove(tx.tables.indexes, name);
  tx.moveIndex(extinctionIndex);
  tx.touch(topics.extinction);
}
