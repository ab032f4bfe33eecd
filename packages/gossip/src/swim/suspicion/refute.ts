import { type Address, formatAddress } from '../../wire/address.ts';
import type { Alive, Dead, PacketMessage, Suspect } from '../../wire/swim-messages.ts';
import { ownReachCheck } from '../deadline-kinds.ts';
import { ownAnnouncement } from '../members/announcement.ts';
import { bytesOf, type SwimMember } from '../members/member-table.ts';
import { type Claim, isPlausibleIncarnation } from '../members/precedence.ts';
import type { SwimState } from '../state.ts';

/** Announces an incarnation above that of a claim about us. The claim is also a sign of bad health. Source: Lifeguard §IV-A. */
function refute(state: SwimState, self: SwimMember, claimedIncarnation: number): void {
  self.incarnation = state.incarnationAbove(claimedIncarnation);
  state.awareness.apply(1);
  state.broadcast(self.name, ownAnnouncement(state.config, self.incarnation, bytesOf(self.meta)));
}

/** Refutes a suspect or dead message, unless no member reaches us: then it is true as far as the pool is concerned. */
export function refuteUnlessUnreached(state: SwimState, self: SwimMember, claim: Suspect | Dead): void {
  const { ownReach, nowMs, config } = state;
  const answer = ownReach.claimed(claim.incarnation, nowMs, config.timing.probeIntervalMs);
  if (answer === 'withhold-from-now') logUnreached(state);
  if (answer !== 'refute') return;
  refute(state, self, claim.incarnation);
  const message = claim.type === 'suspect' ? 'Refuting a suspect message' : 'Refuting a dead message';
  state.note('info', message, { from: claim.from, incarnation: self.incarnation });
}

/** Refutes an alive message about us that is not our latest announcement. */
export function refuteAlive(state: SwimState, self: SwimMember, claimedIncarnation: number): void {
  refute(state, self, claimedIncarnation);
  state.note('info', 'Refuting an alive message', { incarnation: self.incarnation });
}

/** Another member has reached us: a refutation that was withheld goes out. */
export function reachedByOthers(state: SwimState): void {
  const withheldIncarnation = state.ownReach.reached(state.nowMs);
  state.deadlines.clear(ownReachCheck);
  if (withheldIncarnation === undefined) return;
  const address = formatAddress(state.config.address);
  state.note('info', 'other members reach this one again; it refutes from now on', { address });
  if (state.self !== undefined && !state.leaving) refute(state, state.self, withheldIncarnation);
}

export function logUnreached(state: SwimState): void {
  state.note(
    'warn',
    'no member reaches this one at the address that it announces; it does not refute until one does',
    { address: formatAddress(state.config.address) },
  );
}

/**
 * Sends what we announce to a peer whose datagram calls us suspect or dead in an older incarnation. Gossip brings a
 * refutation to nearly all members; this peer has missed it, and would come to a wrong verdict. Real peers handle the
 * answer like any alive message.
 */
export function answerOutdatedClaims(
  state: SwimState,
  messages: readonly PacketMessage[],
  from: Address,
): void {
  const { self, config } = state;
  if (self === undefined || state.leaving || !state.features.suspicionNotices) return;
  const isOutdated = (message: PacketMessage): boolean =>
    (message.type === 'suspect' || message.type === 'dead') &&
    message.node === config.name &&
    message.incarnation < self.incarnation;
  if (!messages.some(isOutdated) || !config.allowsHost(from.host)) return;
  state.sendAlone(from, ownAnnouncement(config, self.incarnation, bytesOf(self.meta)));
}

/** Whether a claim can be true at all; one that cannot is dropped with a note. */
export function isPlausible(
  state: SwimState,
  claim: Suspect | Dead | Alive,
  known: SwimMember | undefined,
): boolean {
  const { incarnation } = claim;
  // An alive message about us by others asks for a refutation too: we have to go beyond its incarnation.
  const needsRefutation = claim.type !== 'alive' || claim.node === state.config.name;
  const status: Claim['status'] = needsRefutation ? 'dead' : 'alive';
  if (isPlausibleIncarnation({ status, incarnation }, known?.incarnation ?? 0)) return true;
  state.note('warn', 'ignoring a message with an incarnation that no member could have', {
    member: claim.node,
    incarnation,
  });
  return false;
}
