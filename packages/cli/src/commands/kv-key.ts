/** Keys do not begin with a slash, but people write them so. */
export function withoutSlash(key: string): string {
  return key.startsWith('/') ? key.slice(1) : key;
}
