import type { HealthCheck } from '../records/index.ts';
import { joinKey, nameKey } from './keys.ts';
import { writeInstance } from './service-instances.ts';
import type { Transaction } from './transaction.ts';

/** True when the same service or node lists both checks. */
export function isBesideSame(a: HealthCheck, b: HealthCheck): boolean {
  return nameKey(a.ServiceID) === nameKey(b.ServiceID);
}

/** The changes of one service's or node's list: by the check's key, undefined for one that leaves. */
interface ListChanges {
  readonly node: string;
  readonly serviceId: string;
  readonly byKey: Map<string, HealthCheck | undefined>;
}

/**
 * The lists of checks that services and nodes carry. Changes of one command are collected and written once for each list,
 * so that a command with many checks copies no list many times.
 */
export class ChecksBeside {
  readonly #tx: Transaction;
  readonly #lists = new Map<string, ListChanges>();

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  put(check: HealthCheck): void {
    this.#change(check, check);
  }

  remove(check: HealthCheck): void {
    this.#change(check, undefined);
  }

  write(): void {
    for (const changes of this.#lists.values()) this.#writeList(changes);
    this.#lists.clear();
  }

  #change({ Node, ServiceID, CheckID }: HealthCheck, next: HealthCheck | undefined): void {
    const key = joinKey(Node, ServiceID);
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = { node: Node, serviceId: ServiceID, byKey: new Map() };
      this.#lists.set(key, list);
    }
    list.byKey.set(nameKey(CheckID), next);
  }

  #writeList({ node, serviceId, byKey }: ListChanges): void {
    const { nodes, instances } = this.#tx.tables;
    if (serviceId === '') {
      const entry = nodes.get(nameKey(node));
      if (entry === undefined) return;
      this.#tx.put(nodes, nameKey(node), { ...entry, checks: changed(entry.checks, byKey) });
      return;
    }
    const instance = instances.get(joinKey(node, serviceId));
    if (instance === undefined) return;
    writeInstance(this.#tx, instance, { ...instance, checks: changed(instance.checks, byKey) });
  }
}

/** `list`, which is in the order of ids, with changes by key. */
function changed(
  list: readonly HealthCheck[],
  changes: ReadonlyMap<string, HealthCheck | undefined>,
): readonly HealthCheck[] {
  const all = new Map<string, HealthCheck | undefined>();
  for (const check of list) all.set(nameKey(check.CheckID), check);
  const hasNew = [...changes.keys()].some((key) => !all.has(key));
  for (const [key, check] of changes) all.set(key, check);
  const entries = [...all].flatMap(([key, check]) => (check === undefined ? [] : [{ key, check }]));
  // Replaced ones keep their place.
  if (hasNew) entries.sort((a, b) => (a.key < b.key ? -1 : 1));
  return entries.map(({ check }) => check);
}
