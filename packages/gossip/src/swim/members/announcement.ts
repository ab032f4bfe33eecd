import { type Address, hostFromBytes } from '../../wire/address.ts';
import type { Alive, Versions } from '../../wire/swim-messages.ts';
import type { SwimConfig } from '../types.ts';
import { usableVersions } from './versions.ts';

/** An alive message with usable versions and its address read. */
export type Announcement = Alive & { readonly versions: Versions; readonly address: Address };

/** This member's own. */
export function ownAnnouncement(config: SwimConfig, incarnation: number, meta: Uint8Array): Announcement {
  const { name, addr, address, versions } = config;
  return { type: 'alive', incarnation, node: name, addr, port: address.port, meta, versions, address };
}

/** Reads another member's; undefined when its versions are unusable. A message without a port means the pool's own. */
export function readAnnouncement(claim: Alive, poolPort: number): Announcement | undefined {
  const { versions } = claim;
  if (!usableVersions(versions)) return undefined;
  const port = claim.port === 0 ? poolPort : claim.port;
  return { ...claim, port, versions, address: { host: hostFromBytes(claim.addr), port } };
}
