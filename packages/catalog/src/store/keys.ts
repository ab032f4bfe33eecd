/** Keys of tables: lower case, as Consul compares names, and each part ended by a zero so that prefixes are exact. */

export function nameKey(name: string): string {
  return name.toLowerCase();
}

/** The key of one thing, or the prefix of all things below a name. */
export function joinKey(first: string, second?: string): string {
  const key = `${first.toLowerCase()}\0`;
  return second === undefined ? key : `${key}${second.toLowerCase()}\0`;
}

/** The hexadecimal digits of an id. */
export function idKey(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}
