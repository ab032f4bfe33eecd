import type { BroadcastId } from '../ids.ts';
import type { Dead, Suspect } from '../wire/swim-messages.ts';
import { type SwimMember, viewOf } from './member-table.ts';
import { supersedes } from './merge.ts';
import { isBelievable, refuteAccusation } from './refute.ts';
import type { SwimState } from './state.ts';
import { goOnWith, hasOwnProof, pingSuspect, suspicionKey } from './suspect-pings.ts';
import {
  beginSuspicion,
  confirmSuspicion,
  findingOf,
  hastenSuspicion,
  postponeSuspicion,
  probeUnanswered,
  type Suspicion,
  suspicionTerms,
} from './suspicion.ts';

/** Takes in a suspicion, our own (after a failed probe) or another member's. Source: memberlist state.go suspectNode. */
export function applySuspect(state: SwimState, claim: Suspect): void {
  const member = state.table.get(claim.node);
  if (member === undefined || claim.incarnation < member.incarnation) return;
  if (!isBelievable(state, claim, member)) return;
  if (member.suspicion !== undefined && claim.incarnation === member.incarnation) {
    confirm(state, member, member.suspicion, claim);
    return;
  }
  // Who is accused of a later incarnation has refuted the accusation that we know of: that one is over.
  if (
    member.suspicion === undefined &&
    !supersedes({ status: 'suspect', incarnation: claim.incarnation }, member)
  ) {
    keepEvidence(state, member, claim.incarnation);
    return;
  }
  if (claim.node === state.config.name) {
    refuteAccusation(state, member, claim.incarnation);
    return;
  }
  state.broadcast(claim.node, claim);
  const { timing, disabledExtensions } = state.config;
  const noticeMs = disabledExtensions?.has('suspicion-notices') ? 0 : timing.probeTimeoutMs;
  const terms = suspicionTerms(state.table.size, { ...timing, noticeMs });
  member.incarnation = claim.incarnation;
  if (member.state !== 'suspect') member.stateChangedAtMs = state.nowMs;
  member.state = 'suspect';
  goOnWith(state, member, beginSuspicion(terms, claim.from, state.nowMs));
  state.note('info', 'suspecting a member', { member: claim.node, accuser: claim.from });
}

/** A member did not answer us, at the incarnation of when we asked: suspects it in our own name. */
export function suspectUnanswered(state: SwimState, node: string, incarnation: number): void {
  applySuspect(state, { type: 'suspect', incarnation, node, from: state.config.name });
  const member = state.table.get(node);
  if (member?.suspicion === undefined || member.incarnation > incarnation) return;
  member.suspicion = probeUnanswered(member.suspicion, state.nowMs);
}

/**
 * Takes in a death, or a departure when the member says it of itself. `ticket` is given back when the
 * news of our own departure is out. Source: memberlist state.go deadNode.
 *
 * memberlist believes a death at once, so that one member who reaches few others makes the whole pool give up members
 * that are well. Here another's word alone begins a suspicion, which ends within one probe timeout: by our own verdict
 * when the member does not answer us either.
 */
export function applyDead(state: SwimState, claim: Dead, broadcastId?: BroadcastId): void {
  const member = state.table.get(claim.node);
  if (member === undefined || claim.incarnation < member.incarnation) return;
  if (!isBelievable(state, claim, member)) return;
  if (!supersedes({ status: 'dead', incarnation: claim.incarnation }, member)) {
    keepEvidence(state, member, claim.incarnation);
    return;
  }
  if (claim.node === state.config.name && !state.leaving) {
    refuteAccusation(state, member, claim.incarnation);
    return;
  }
  if (claim.from === claim.node || hasSecondConfirmation(state, member, claim)) {
    declareDead(state, member, claim, broadcastId);
    return;
  }
  const { node, incarnation, from } = claim;
  applySuspect(state, { type: 'suspect', node, incarnation, from });
  hasten(state, member);
}

/** Moves every suspicion; its deadline is moved by the caller, with all others. */
export function postponeSuspicions(state: SwimState, byMs: number): void {
  for (const member of state.table.all) {
    if (member.suspicion !== undefined) member.suspicion = postponeSuspicion(member.suspicion, byMs);
  }
}

/**
 * A suspicion's deadline has come: the suspect is asked, or the suspicion has run out. Then the member is dead as far
 * as we are concerned, unless it has answered us meanwhile: an accuser that does not reach it has misled us.
 */
export function lookAtSuspicion(state: SwimState, name: string): void {
  const member = state.table.get(name);
  if (member?.state !== 'suspect' || member.suspicion === undefined) return;
  const { suspicion } = member;
  const isOver = state.nowMs >= suspicion.deadlineMs;
  if (isOver && hasOwnProof(state) && !isProven(state, suspicion)) {
    putOff(state, member, suspicion);
    return;
  }
  if (!isOver) {
    pingSuspect(state, member, suspicion, isLastBeforeVerdict(suspicion, state.nowMs) ? 'both' : 'datagram');
    return;
  }
  const confirmations = suspicion.accusers.size - 1;
  state.note('info', 'a suspected member did not refute in time', { member: name, confirmations });
  const { incarnation } = member;
  declareDead(state, member, { type: 'dead', incarnation, node: name, from: state.config.name });
}

/** The member is not under suspicion any more, whatever the reason. */
export function endSuspicion(state: SwimState, member: SwimMember): void {
  if (member.suspicion === undefined) return;
  member.suspicion = undefined;
  state.deadlines.clear(suspicionKey(member.name));
}

function declareDead(state: SwimState, member: SwimMember, claim: Dead, broadcastId?: BroadcastId): void {
  endSuspicion(state, member);
  state.udpPaths.forget(member);
  state.broadcast(claim.node, claim, broadcastId);
  member.incarnation = claim.incarnation;
  member.state = claim.from === claim.node ? 'left' : 'dead';
  member.stateChangedAtMs = state.nowMs;
  state.emit({ type: 'member-down', member: viewOf(member) });
}

/**
 * An accusation that changes nothing else still proves that the member announced this incarnation.
 * memberlist forgets it, and an older alive message that arrives late then brings the dead back.
 */
function keepEvidence(state: SwimState, member: SwimMember, incarnation: number): void {
  if (member.name === state.config.name) return;
  member.incarnation = Math.max(member.incarnation, incarnation);
}

function confirm(state: SwimState, member: SwimMember, suspicion: Suspicion, claim: Suspect): void {
  const confirmed = confirmSuspicion(suspicion, claim.from, state.nowMs);
  if (confirmed === undefined) return;
  goOnWith(state, member, confirmed);
  state.broadcast(member.name, claim);
}

/** Whether a death is known from more than one: we found the member silent ourselves, or another accuses it too. */
function hasSecondConfirmation(
  state: SwimState,
  { suspicion, incarnation }: SwimMember,
  claim: Dead,
): boolean {
  if (!hasOwnProof(state)) return true;
  if (suspicion === undefined || claim.incarnation > incarnation) return false;
  const finding = findingOf(suspicion, state.nowMs);
  if (finding !== 'not-asked') return finding === 'silent';
  return suspicion.answeredAtMs === undefined && new Set([...suspicion.accusers, claim.from]).size > 1;
}

/** Whether a suspicion may end with a verdict: the suspect was silent towards us, or nobody asked it and two accuse it. */
function isProven({ nowMs }: SwimState, suspicion: Suspicion): boolean {
  const finding = findingOf(suspicion, nowMs);
  if (finding !== 'not-asked') return finding === 'silent';
  return suspicion.answeredAtMs === undefined && suspicion.accusers.size > 1;
}

/** The suspicion has run out and proves nothing: ends it when the suspect has answered, or else asks the suspect. */
function putOff(state: SwimState, member: SwimMember, suspicion: Suspicion): void {
  const { nowMs } = state;
  const { name } = member;
  switch (findingOf(suspicion, nowMs)) {
    case 'answered':
      endSuspicion(state, member);
      member.state = 'alive';
      member.stateChangedAtMs = nowMs;
      state.note('info', 'a suspected member answers us; the suspicion ends', { member: name });
      return;
    case 'asked-lately': {
      const sinceMs = suspicion.unansweredSinceMs ?? nowMs;
      goOnWith(state, member, { ...suspicion, deadlineMs: sinceMs + suspicion.terms.noticeMs });
      return;
    }
    default:
      pingSuspect(state, member, { ...suspicion, deadlineMs: nowMs + suspicion.terms.noticeMs }, 'both');
  }
}

/** Asks the suspect at once, over a stream too, and decides one probe timeout later. A repetition changes nothing. */
function hasten(state: SwimState, member: SwimMember): void {
  const { suspicion } = member;
  if (suspicion === undefined || suspicion.deadlineMs <= state.nowMs + suspicion.terms.noticeMs) return;
  pingSuspect(state, member, hastenSuspicion(suspicion, state.nowMs), 'both');
}

/** A single accuser is no proof, and a datagram may be lost: the last question goes over a stream as well. */
function isLastBeforeVerdict({ accusers, deadlineMs, terms }: Suspicion, nowMs: number): boolean {
  return accusers.size < 2 && deadlineMs - nowMs <= 1.5 * terms.noticeMs;
}
