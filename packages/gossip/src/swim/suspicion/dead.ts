import type { BroadcastId } from '../../ids.ts';
import type { Dead } from '../../wire/swim-messages.ts';
import { type SwimMember, viewOf } from '../members/member-table.ts';
import { supersedes } from '../members/precedence.ts';
import type { SwimState } from '../state.ts';
import { continueSuspicion, endSuspicion } from './member-suspicion.ts';
import { isPlausible, refuteUnlessUnreached } from './refute.ts';
import { applySuspect, raiseIncarnation } from './suspect.ts';
import {
  confirmationsCount,
  hastenSuspicion,
  isLastNotice,
  isProven,
  ownEvidence,
  type Suspicion,
} from './suspicion.ts';
import { sendSuspicionNotice } from './suspicion-notices.ts';

/**
 * Applies a dead message: a death, or a departure when the member sends it about itself. `broadcastId` is of our own
 * departure. Source: memberlist state.go deadNode.
 *
 * memberlist believes a death at once, so one member that reaches few others can make the whole pool drop members that
 * are well. Here a single dead message of another member only begins a suspicion, which ends within one probe timeout:
 * with our own verdict when the member does not answer us either.
 */
export function applyDead(state: SwimState, claim: Dead, broadcastId?: BroadcastId): void {
  const member = state.table.get(claim.node);
  if (member === undefined || claim.incarnation < member.incarnation) return;
  if (!isPlausible(state, claim, member)) return;
  if (!supersedes({ status: 'dead', incarnation: claim.incarnation }, member)) {
    raiseIncarnation(state, member, claim.incarnation);
    return;
  }
  if (claim.node === state.config.name && !state.leaving) {
    refuteUnlessUnreached(state, member, claim);
    return;
  }
  if (claim.from === claim.node || isConfirmed(state, member, claim)) {
    declareDead(state, member, claim, broadcastId);
    return;
  }
  const { node, incarnation, from } = claim;
  applySuspect(state, { type: 'suspect', node, incarnation, from });
  hastenVerdict(state, member);
}

/**
 * The deadline of a suspicion has come: the suspect gets a notice, or the suspicion timeout is reached. Then the member
 * is dead, unless the verdict lacks proof: the member that suspects it may just not reach it.
 */
export function checkSuspicion(state: SwimState, name: string): void {
  const member = state.table.get(name);
  if (member?.state !== 'suspect' || member.suspicion === undefined) return;
  const { suspicion } = member;
  if (state.nowMs < suspicion.deadlineMs) {
    sendSuspicionNotice(state, member, suspicion, isLastNotice(suspicion, state.nowMs) ? 'both' : 'datagram');
    return;
  }
  if (state.features.secondConfirmation && !isProven(suspicion, state.nowMs)) {
    handleUnprovenTimeout(state, member, suspicion);
    return;
  }
  const confirmations = confirmationsCount(suspicion);
  state.note('info', 'Marking as failed, suspect timeout reached', { member: name, confirmations });
  const { incarnation } = member;
  declareDead(state, member, { type: 'dead', incarnation, node: name, from: state.config.name });
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

/** Whether a second member, or our own pings, confirm a death. */
function isConfirmed(state: SwimState, { suspicion, incarnation }: SwimMember, claim: Dead): boolean {
  if (!state.features.secondConfirmation) return true;
  if (suspicion === undefined || claim.incarnation > incarnation) return false;
  return isProven(suspicion, state.nowMs, claim.from);
}

/** The suspicion timeout is reached without proof: ends the suspicion if the suspect has answered, else pings it. */
function handleUnprovenTimeout(state: SwimState, member: SwimMember, suspicion: Suspicion): void {
  const { nowMs } = state;
  const { noticeMs } = suspicion.terms;
  switch (ownEvidence(suspicion, nowMs)) {
    case 'answered':
      endSuspicion(state, member);
      member.state = 'alive';
      member.stateChangedAtMs = nowMs;
      state.note('info', 'a suspect answered our pings; its suspicion ends', { member: member.name });
      return;
    case 'awaiting-answer': {
      const sinceMs = suspicion.unansweredSinceMs ?? nowMs;
      continueSuspicion(state, member, { ...suspicion, deadlineMs: sinceMs + noticeMs });
      return;
    }
    case 'not-pinged':
    case 'unanswered':
      sendSuspicionNotice(state, member, { ...suspicion, deadlineMs: nowMs + noticeMs }, 'both');
  }
}

/** Pings the suspect at once, over a stream too, and decides one probe timeout later. A repetition changes nothing. */
function hastenVerdict(state: SwimState, member: SwimMember): void {
  const { suspicion } = member;
  if (suspicion === undefined || suspicion.deadlineMs <= state.nowMs + suspicion.terms.noticeMs) return;
  sendSuspicionNotice(state, member, hastenSuspicion(suspicion, state.nowMs), 'both');
}
