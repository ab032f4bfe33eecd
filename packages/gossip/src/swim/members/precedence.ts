import { sameAddress } from '../../wire/address.ts';
import type { SwimMember } from './member-table.ts';

/** What a message says about a member. */
export interface Claim {
  readonly status: 'alive' | 'suspect' | 'dead';
  readonly incarnation: number;
}

/**
 * Above this, an incarnation is an attack rather than a history: a few more steps and the counter of
 * 32 bits would wrap, after which nothing could be refuted (gossip.md 8.20).
 */
const incarnationMax = 0xffff_0000;
/** A member that is suspected at the limit has to go beyond it to refute; this is its room. */
const refutationRoom = 0x8000;

/**
 * Whether a member could have reached this incarnation. Only the member itself announces a new one, so a suspect or
 * dead message may always name the incarnation that is `known` already.
 */
export function isPlausibleIncarnation(claim: Claim, known: number): boolean {
  const limit = claim.status === 'alive' ? incarnationMax + refutationRoom : incarnationMax;
  return claim.incarnation <= Math.max(limit, known);
}

/**
 * True when a claim changes the state of another member. An equal incarnation never brings
 * a member back. A suspicion of a suspect is a confirmation, not a change. Source: SWIM §4.2; memberlist state.go.
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

/** What follows when a name is announced from an address other than the known one. */
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
