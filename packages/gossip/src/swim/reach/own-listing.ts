import { type Address, hostFromBytes, sameAddress } from '../../wire/address.ts';
import type { PushPullNode } from '../../wire/swim-messages.ts';

/**
 * How a peer's state lists us.
 * - `admitted`: as a live member with our name, our address and the incarnation that we announce.
 * - `missing`: not at all, as failed or left, or with another incarnation, of an earlier instance.
 * - `taken`: our name belongs to a member at another address, which the peer calls alive, suspect or dead.
 */
export type OwnListing =
  | { readonly type: 'admitted' }
  | { readonly type: 'missing' }
  | { readonly type: 'taken'; readonly by: Address; readonly state: 'alive' | 'suspect' | 'dead' };

/**
 * Whether other members are known to reach us at the address that we announce.
 * - `checking`: a peer has been asked to ping it.
 * - `unreached`: it had no answer from there, and a stream of ours does not lead there either.
 */
export type OwnReach = 'unknown' | 'checking' | 'reached' | 'unreached';

/** What the answer to a push/pull of ours says of us. */
export interface AnswerAboutUs {
  readonly listing: OwnListing;
  /**
   * Whose state it is. Every member lists itself: an answer with a member that is not in our table comes from another,
   * and one whose only live member is us can only be our own. Otherwise only the address decides.
   */
  readonly from: 'another' | 'ourselves' | 'unclear';
}

/** This member at the moment of the answer. */
export interface OwnIdentity {
  readonly name: string;
  readonly address: Address;
  readonly incarnation: number;
  /** Whether a member is in our table. */
  knows(name: string): boolean;
}

/** Judges a peer's state before any of it is merged. */
export function readAnswer(nodes: readonly PushPullNode[], self: OwnIdentity): AnswerAboutUs {
  const { name } = self;
  const listing = listingOf(
    nodes.find((entry) => entry.name === name),
    self,
  );
  if (listing.type === 'taken' || nodes.some((entry) => !self.knows(entry.name))) {
    return { listing, from: 'another' };
  }
  const listsOthers = nodes.some((entry) => entry.name !== name && isLive(entry));
  return { listing, from: listsOthers || listing.type === 'missing' ? 'unclear' : 'ourselves' };
}

function listingOf(entry: PushPullNode | undefined, self: OwnIdentity): OwnListing {
  if (entry === undefined || entry.state === 'left') return { type: 'missing' };
  // An entry without a port is at the pool's own.
  const address = { host: hostFromBytes(entry.addr), port: entry.port || self.address.port };
  if (!sameAddress(address, self.address)) return { type: 'taken', by: address, state: entry.state };
  return { type: isLive(entry) && entry.incarnation === self.incarnation ? 'admitted' : 'missing' };
}

function isLive(entry: PushPullNode): boolean {
  return entry.state === 'alive' || entry.state === 'suspect';
}
