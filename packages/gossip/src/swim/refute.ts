import type { Address } from '../wire/address.ts';
import type { Alive, Dead, PacketMessage, Suspect } from '../wire/swim-messages.ts';
import { bytesOf } from './compact-bytes.ts';
import type { SwimMember } from './member-table.ts';
import { type Claim, isPlausibleIncarnation } from './merge.ts';
import type { SwimState } from './state.ts';

/** What we say of ourselves. */
export function ownAlive(state: SwimState, incarnation: number, meta: Uint8Array): Alive {
  const { name, addr, address, versions } = state.config;
  return { type: 'alive', incarnation, node: name, addr, port: address.port, meta, versions };
}

/** Contradicts what was said about us, and takes it as a sign that we are not well. Source: Lifeguard §IV-A. */
export function refute(state: SwimState, self: SwimMember, accusedIncarnation: number): void {
  self.incarnation = state.incarnationAbove(accusedIncarnation);
  state.awareness.apply(1);
  state.broadcast(self.name, ownAlive(state, self.incarnation, bytesOf(self.meta)));
  state.note('info', 'refuting a claim about ourselves', { incarnation: self.incarnation });
}

/** Refutes a suspicion or a verdict, unless nobody reaches us: then it is true as far as the pool is concerned. */
export function refuteAccusation(state: SwimState, self: SwimMember, accusedIncarnation: number): void {
  if (state.ownReach.mayRefute(state, accusedIncarnation)) refute(state, self, accusedIncarnation);
}

/** Another member has reached us: an accusation that was let stand is refuted now. */
export function othersReachUs(state: SwimState): void {
  const accused = state.ownReach.reached(state);
  if (accused !== undefined && state.self !== undefined && !state.leaving) refute(state, state.self, accused);
}

/**
 * Whoever tells us that we are suspected or dead is answered with what we say of ourselves, once a datagram.
 * Gossip carries a refutation to nearly all; who still accuses us has missed it, and would give a wrong
 * verdict. Real peers take the answer as any other news.
 */
export function answerAccuser(state: SwimState, messages: readonly PacketMessage[], from: Address): void {
  const { self, config } = state;
  if (self === undefined || state.leaving || config.disabledExtensions?.has('suspicion-notices')) return;
  const isOutdated = (message: PacketMessage): boolean =>
    (message.type === 'suspect' || message.type === 'dead') &&
    message.node === config.name &&
    message.incarnation < self.incarnation;
  if (!messages.some(isOutdated) || !config.allowsHost(from.host)) return;
  state.sendAlone(from, ownAlive(state, self.incarnation, bytesOf(self.meta)));
}

/** Whether a claim can be true at all; one that cannot is dropped with a note. */
export function isBelievable(
  state: SwimState,
  claim: Suspect | Dead | Alive,
  known: SwimMember | undefined,
): boolean {
  const { incarnation } = claim;
  // What others announce in our name is an accusation in effect: we have to go beyond it.
  const isAccusation = claim.type !== 'alive' || claim.node === state.config.name;
  const status: Claim['status'] = isAccusation ? 'dead' : 'alive';
  if (isPlausibleIncarnation({ status, incarnation }, known?.incarnation ?? 0)) return true;
  state.note('warn', 'ignoring a claim with an incarnation no member could have', {
    member: claim.node,
    incarnation,
  });
  return false;
}
