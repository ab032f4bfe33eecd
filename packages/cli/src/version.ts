import { readFileSync } from 'node:fs';

/** The Consul release whose protocols and API we speak. */
export const consulVersion = '1.8.7';

/** Consul's RPC protocol versions. */
export const protocolVersions = { default: 2, min: 2, max: 3 } as const;

/** This package's version, from its manifest. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) {
    return String(manifest.version);
  }
  throw new Error('package.json of @hobnob/cli has no version');
}
