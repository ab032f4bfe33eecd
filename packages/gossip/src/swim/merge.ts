import { sameAddress } from '../wire/address.ts';
import type { Versions } from '../wire/swim-messages.ts';
import type { SwimMember } from './member-table.ts';

/** What somebody says about a member. */
export interface Claim {
  readonly status: 'alive' | 'suspect' | 'dead';
  readonly incarnation: number;
}

/**
 * Above this, an incarnation is an attack rather than a history: a few more steps and the counter of
 * 32 bits would wrap, after which nothing could be refuted (gossip.md 8.20).
 */
const incarnationMax = 0xffff_0000;
/** A member that was accused at the limit has to go beyond it to refute; so much room it has. */
const refutationRoom = 0x8000;

/**
 * Whether a member could have come by this incarnation. Only a member itself announces a new one, so an
 * accusation may always name the incarnation that is `known` already.
 */
export function isPlausibleIncarnation(claim: Claim, known: number): boolean {
  const limit = claim.status === 'alive' ? incarnationMax + refutationRoom : incarnationMax;
  return claim.incarnation <= Math.max(limit, known);
}

/**
 * True when a claim changes what we believe about another member. An equal incarnation never brings
 * anybody back. A suspicion of a suspect is a confirmation, not a change. Source: SWIM §4.2; memberlist state.go.
 */
export function supersedes(claim: Claim, current: Pick<SwimMember, 'state' | 'incarnation'>): boolean {
  const wasUp = current.state === 'alive' || current.state === 'suspect';
  switch (claim.status) {
    case 'alive':
      return claim.incarnation > current.incarnation;
    case 'suspect':
      return claim.incarnation >= current.incarnation && current.state === 'alive';
    case 'dead':
      return claim.incarnation >= current.incarnation && wasUp;
  }
}

/** What becomes of a name that is announced from an address other than the one we know. */
export type AddressVerdict = 'same' | 'moved' | 'conflict';

/**
 * A member that left may return from anywhere at once; a dead one after the reclaim time, if there is
 * one; the name of a live one is its own. Addresses are compared by meaning, not by bytes: 4- and 16-byte
 * forms of one IPv4 address are the same (gossip.md 8.5). Source: memberlist state.go aliveNode.
 */
export function judgeAddress(
  member: Pick<SwimMember, 'address' | 'state' | 'stateChangedAtMs'>,
  claimed: SwimMember['address'],
  deadNodeReclaimMs: number,
  nowMs: number,
): AddressVerdict {
  if (sameAddress(member.address, claimed)) return 'same';
  if (member.state === 'left') return 'moved';
  const reclaimable = deadNodeReclaimMs > 0 && nowMs - member.stateChangedAtMs > deadNodeReclaimMs;
  return member.state === 'dead' && reclaimable ? 'moved' : 'conflict';
}

/** Whether six version bytes make sense; without them a member would poison every exchange (gossip.md 8.3). */
export function usableVersions(versions: Versions | undefined): versions is Versions {
  if (versions === undefined) return false;
  const { protocolMin, protocolMax } = versions;
  return protocolMin > 0 && protocolMax > 0 && protocolMin <= protocolMax;
}

export function sameVersions(a: Versions, b: Versions): boolean {
  return (
    a.protocolMin === b.protocolMin &&
    a.protocolMax === b.protocolMax &&
    a.protocolCur === b.protocolCur &&
    a.delegateMin === b.delegateMin &&
    a.delegateMax === b.delegateMax &&
    a.delegateCur === b.delegateCur
  );
}
