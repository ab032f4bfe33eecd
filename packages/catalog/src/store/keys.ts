/** Keys of tables: lower case, as Consul compares names, and each part ended by a zero so that prefixes are exact. */

export function nameKey(name: string): string {
  return name.toLowerCase();
}

/** The key of one thing, or the prefix of all things, below `parts`. */
export function joinKey(...parts: readonly string[]): string {
  let key = '';
  for (const part of parts) key += `${part.toLowerCase()}\0`;
  return key;
}
