import { type ConfigKey, isKey, type KeySection } from './key.ts';
import { apiKeys } from './sections/api.ts';
import { dnsKeys } from './sections/dns.ts';
import { gossipKeys } from './sections/gossip.ts';
import { localKeys } from './sections/local.ts';
import { meshKeys } from './sections/mesh.ts';
import { networkKeys } from './sections/network.ts';
import { nodeKeys } from './sections/node.ts';
import { observationKeys } from './sections/observation.ts';
import { securityKeys } from './sections/security.ts';
import { serverKeys } from './sections/servers.ts';

/**
 * Every key that Consul 1.8.7 accepts in a configuration file. Found by asking `consul validate` of that version about
 * each name, at the top level and inside each section. Parsing, checks, the options, the flags of `agent`, reload and
 * docs/configuration.md all follow from this table.
 */
export const configKeys: KeySection = {
  ...apiKeys,
  ...dnsKeys,
  ...gossipKeys,
  ...localKeys,
  ...meshKeys,
  ...networkKeys,
  ...nodeKeys,
  ...observationKeys,
  ...securityKeys,
  ...serverKeys,
};

export type { ConfigKey, KeyDetails, KeyEffect, KeyKind, KeyRefusal } from './key.ts';

/** A key with its dotted path. */
export interface KeyRow extends ConfigKey {
  readonly path: string;
}

/** All keys below `section`, sorted by path. */
export function keyRows(section: KeySection = configKeys, prefix = ''): readonly KeyRow[] {
  const rows = Object.entries(section).flatMap(([name, entry]) =>
    isKey(entry) ? [{ ...entry, path: prefix + name }] : keyRows(entry, `${prefix}${name}.`),
  );
  return rows.sort((one, other) => (one.path < other.path ? -1 : 1));
}
