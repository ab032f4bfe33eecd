/** Names that begin like this belong to Serf itself. Source: serf internal_query.go InternalQueryPrefix. */
const internalPrefix = '_serf_';

/** Serf's own queries. Source: serf internal_query.go. */
export const internalName = {
  ping: '_serf_ping',
  conflict: '_serf_conflict',
  installKey: '_serf_install-key',
  useKey: '_serf_use-key',
  removeKey: '_serf_remove-key',
  listKeys: '_serf_list-keys',
} as const;

/** Whether Serf answers a query of this name itself instead of telling the application. */
export function isInternalName(name: string): boolean {
  return name.startsWith(internalPrefix);
}
