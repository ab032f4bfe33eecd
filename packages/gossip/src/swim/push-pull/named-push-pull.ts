import { pickRandom } from '../../collections/random-choice.ts';
import type { Address } from '../../wire/address.ts';
import type { SwimMember } from '../members/member-table.ts';
import { sendNamedPing } from '../probing/send-named-ping.ts';
import type { SwimState } from '../state.ts';
import { beginPushPull } from './push-pull.ts';

/** A push/pull with the member of this name. */
export interface NamedPushPull {
  readonly name: string;
  readonly to: Address;
  readonly intent: 'join' | 'sync';
  /** Begun by Serf's reconnect. Default: no. */
  readonly isReconnect?: boolean;
}

/**
 * Begins a push/pull with the member of this name, if its process listens at the address. An address may belong
 * to a process of another pool by now (containers, DHCP), and one push/pull with that would merge the pools. So the
 * member is pinged by its name first, by a datagram, and over a stream where no datagram is answered. memberlist does not.
 */
export function beginNamedPushPull(state: SwimState, wanted: NamedPushPull): void {
  const { features, table, udpPaths } = state;
  if (!features.namedPushPulls) {
    beginPushPull(state, state.nextStreamId(), wanted.to, wanted.intent);
    return;
  }
  const member = table.get(wanted.name);
  pingPartner(state, wanted, member !== undefined && udpPaths.isLost(member) ? 'stream' : 'datagram');
}

/** Pings the partner of a push/pull by its name. A member that leaves opens no stream for it. */
export function pingPartner(state: SwimState, wanted: NamedPushPull, over: 'datagram' | 'stream'): void {
  if (over === 'stream' && state.leaving) return;
  const { name, to, intent, isReconnect = false } = wanted;
  const { probeTimeoutMs, streamTimeoutMs } = state.config.timing;
  sendNamedPing(
    state,
    { name, to, purpose: { kind: 'push-pull', intent, over, isReconnect } },
    { over, timeoutMs: over === 'datagram' ? probeTimeoutMs : streamTimeoutMs },
  );
}

/** A push/pull with one live member chosen at random. Source: memberlist state.go pushPull. */
export function beginRandomPushPull(state: SwimState): void {
  const isPartner = (member: SwimMember): boolean =>
    member.state === 'alive' && member.name !== state.config.name;
  const [partner] = pickRandom(state.table.all, 1, state.rng, isPartner);
  if (partner === undefined) return;
  beginNamedPushPull(state, { name: partner.name, to: partner.address, intent: 'sync' });
}
