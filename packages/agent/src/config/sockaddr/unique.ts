import { quote } from '@hobnob/catalog/go';
import type { InterfaceEntry } from './interface-entry.ts';
import { formatNetwork } from './ip-network.ts';
import { TemplateFault } from './template-fault.ts';

/** Drops each entry whose `address` or `name` is that of the entry before it. @throws TemplateFault for another key. */
export function unique(key: string, entries: readonly InterfaceEntry[]): readonly InterfaceEntry[] {
  const read = readerOf(key);
  return entries.filter((entry, index) => {
    const previous = entries[index - 1];
    return previous === undefined || read(previous) !== read(entry);
  });
}

function readerOf(key: string): (entry: InterfaceEntry) => string {
  switch (key.toLowerCase()) {
    case 'address':
      return ({ network }) => formatNetwork(network);
    case 'name':
      return ({ name }) => name;
    default:
      throw new TemplateFault(`unsupported unique constraint ${quote(key)}`);
  }
}
