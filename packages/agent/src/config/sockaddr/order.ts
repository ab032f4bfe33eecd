import { quote } from '@hobnob/catalog/go';
import type { HostInterfaces, InterfaceEntry } from './interface-entry.ts';
import { netmask } from './ip-network.ts';
import { isPrivate } from './known-networks.ts';
import { TemplateFault } from './template-fault.ts';

/** Below zero when the first entry comes first, zero when the next clause decides. */
type Compare = (first: InterfaceEntry, second: InterfaceEntry, defaultName: string | undefined) => number;

/** Source: go-sockaddr ifaddrs.go SortIfBy. Addresses of two families are left as they are by `address` and `size`. */
const comparisons: Readonly<Record<string, Compare>> = {
  address: (first, second) =>
    sameFamily(first, second) ? sign(first.network.address, second.network.address) : 0,
  default: (first, second, defaultName) =>
    defaultName === undefined ? 0 : Number(second.name === defaultName) - Number(first.name === defaultName),
  name: (first, second) => sign(first.name, second.name),
  // An address of an interface has no port.
  port: () => 0,
  private: (first, second) => {
    if (!isPrivate(first.network)) return sameFamily(first, second) && isPrivate(second.network) ? 1 : 0;
    return sameFamily(first, second) && isPrivate(second.network) ? 0 : -1;
  },
  size: (first, second) =>
    sameFamily(first, second) ? sign(netmask(first.network), netmask(second.network)) : 0,
  type: (first, second) => first.network.family - second.network.family,
};

/** Longer lists are sorted in one pass of insertions. */
const listLengthOfGapMax = 12;
const gap = 6;

/**
 * Sorts by clauses such as `default,-type,+size`. Some of Go's comparisons do not make an order (`private` and `size` across
 * families), and then the result depends on the algorithm: up to twelve entries this is the one of Go's `sort.Sort`,
 * insertions at a distance of six and then of one.
 * @throws TemplateFault for a clause that does not exist.
 */
export function sortEntries(
  clauses: string,
  entries: readonly InterfaceEntry[],
  { defaultName }: HostInterfaces,
): readonly InterfaceEntry[] {
  const compares = clauses.split(',').map(comparisonOf);
  const isBefore = (first: InterfaceEntry, second: InterfaceEntry): boolean => {
    for (const compare of compares) {
      const order = compare(first, second, defaultName);
      if (order !== 0) return order < 0;
    }
    return false;
  };
  const sorted = [...entries];
  if (sorted.length <= listLengthOfGapMax) {
    for (let index = gap; index < sorted.length; index += 1)
      swapIfBefore(sorted, index, index - gap, isBefore);
  }
  for (let start = 1; start < sorted.length; start += 1) {
    for (let index = start; index > 0 && swapIfBefore(sorted, index, index - 1, isBefore); ) index -= 1;
  }
  return sorted;
}

function swapIfBefore(
  list: InterfaceEntry[],
  later: number,
  earlier: number,
  isBefore: (first: InterfaceEntry, second: InterfaceEntry) => boolean,
): boolean {
  const [first, second] = [list[later], list[earlier]];
  if (first === undefined || second === undefined || !isBefore(first, second)) return false;
  list[later] = second;
  list[earlier] = first;
  return true;
}

function comparisonOf(clause: string): Compare {
  const [, direction = '', name = ''] = /^([+-]?)(.*)$/s.exec(clause.trim().toLowerCase()) ?? [];
  const compare = Object.hasOwn(comparisons, name) ? comparisons[name] : undefined;
  if (compare === undefined) throw new TemplateFault(`unknown sort type: ${quote(clause)}`);
  return direction === '-' ? (first, second, name) => -compare(first, second, name) : compare;
}

function sameFamily(first: InterfaceEntry, second: InterfaceEntry): boolean {
  return first.network.family === second.network.family;
}

function sign<T extends bigint | string>(first: T, second: T): number {
  if (first === second) return 0;
  return first < second ? -1 : 1;
}
