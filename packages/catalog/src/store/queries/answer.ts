import type { NodeRecord } from '../../records/index.ts';
import type { Topic } from '../topics.ts';

/** What a query found. Source of the index: consensus-and-rpc.md 4.5. */
export interface Answer<T> {
  /** The index to report, and to block on. 0 when the query reports none. */
  readonly index: number;
  readonly value: T;
  /** What the value depends on: a waiter wakes when one of these changes. */
  readonly topics: readonly Topic[];
  /** Tables whose index is reported although the value depends on less: a kept answer ends when one changes. */
  readonly indexTopics: readonly Topic[];
}

/** Keys and values that the metadata of a node must have, all of them. */
export type MetaFilters = Readonly<Record<string, string>>;

export function hasMeta({ Meta }: NodeRecord, filters: MetaFilters): boolean {
  for (const name in filters) {
    if (Meta === null || !Object.hasOwn(Meta, name) || Meta[name] !== filters[name]) return false;
  }
  return true;
}

export function isEmpty(filters: MetaFilters): boolean {
  for (const _ in filters) return false;
  return true;
}
