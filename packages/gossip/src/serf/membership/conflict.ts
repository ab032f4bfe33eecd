import { type Address, formatAddress } from '../../wire/address.ts';
import type { SerfState } from '../state.ts';

/**
 * Somebody announces the name of a live member from another address. It is told, and nothing changes,
 * even when the name is our own: one forged message must not end us (gossip.md 8.6).
 */
export function tellConflict(state: SerfState, name: string, existing: Address, claimed: Address): void {
  const fields = { member: name, existing: formatAddress(existing), claimed: formatAddress(claimed) };
  if (name === state.config.name) state.warn('own-name-conflict', 'another node claims our name', fields);
  else state.warn('name-conflict', 'two nodes claim one name', fields);
  state.event({ type: 'member-conflict', name, existing, claimed });
}
