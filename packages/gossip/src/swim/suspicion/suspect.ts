import type { Suspect } from '../../wire/swim-messages.ts';
import type { SwimMember } from '../members/member-table.ts';
import { supersedes } from '../members/precedence.ts';
import type { SwimState } from '../state.ts';
import { continueSuspicion } from './member-suspicion.ts';
import { isPlausible, refuteUnlessUnreached } from './refute.ts';
import {
  beginSuspicion,
  confirmSuspicion,
  postponeSuspicion,
  probeUnanswered,
  type Suspicion,
  suspicionTerms,
} from './suspicion.ts';

/** Applies a suspect message, our own (after a failed probe) or another member's. Source: memberlist state.go suspectNode. */
export function applySuspect(state: SwimState, claim: Suspect): void {
  const member = state.table.get(claim.node);
  if (member === undefined || claim.incarnation < member.incarnation) return;
  if (!isPlausible(state, claim, member)) return;
  if (member.suspicion !== undefined && claim.incarnation === member.incarnation) {
    confirm(state, member, member.suspicion, claim);
    return;
  }
  // A member that is suspected in a later incarnation has refuted the suspicion that we know of: that one is over.
  if (
    member.suspicion === undefined &&
    !supersedes({ status: 'suspect', incarnation: claim.incarnation }, member)
  ) {
    raiseIncarnation(state, member, claim.incarnation);
    return;
  }
  if (claim.node === state.config.name) {
    refuteUnlessUnreached(state, member, claim);
    return;
  }
  state.broadcast(claim.node, claim);
  const { timing } = state.config;
  const noticeMs = state.features.suspicionNotices ? timing.probeTimeoutMs : 0;
  const terms = suspicionTerms(state.table.size, { ...timing, noticeMs });
  member.incarnation = claim.incarnation;
  if (member.state !== 'suspect') member.stateChangedAtMs = state.nowMs;
  member.state = 'suspect';
  continueSuspicion(state, member, beginSuspicion(terms, claim.from, state.nowMs));
  state.note('info', 'suspecting a member', { member: claim.node, from: claim.from });
}

/** A member did not answer our ping, sent when it had this incarnation: suspects it in our own name. */
export function suspectUnanswered(state: SwimState, node: string, incarnation: number): void {
  applySuspect(state, { type: 'suspect', incarnation, node, from: state.config.name });
  const member = state.table.get(node);
  if (member?.suspicion === undefined || member.incarnation > incarnation) return;
  member.suspicion = probeUnanswered(member.suspicion, state.nowMs);
}

/**
 * A suspect or dead message that changes nothing else still proves that the member announced this incarnation.
 * memberlist forgets it, and an older alive message that arrives late then brings a dead member back.
 */
export function raiseIncarnation(state: SwimState, member: SwimMember, incarnation: number): void {
  if (member.name === state.config.name) return;
  member.incarnation = Math.max(member.incarnation, incarnation);
}

/** Moves every suspicion; its deadline is moved by the caller, with all others. */
export function postponeSuspicions(state: SwimState, byMs: number): void {
  for (const member of state.table.all) {
    if (member.suspicion !== undefined) member.suspicion = postponeSuspicion(member.suspicion, byMs);
  }
}

function confirm(state: SwimState, member: SwimMember, suspicion: Suspicion, claim: Suspect): void {
  const confirmed = confirmSuspicion(suspicion, claim.from, state.nowMs);
  if (confirmed === undefined) return;
  continueSuspicion(state, member, confirmed);
  state.broadcast(member.name, claim);
}
