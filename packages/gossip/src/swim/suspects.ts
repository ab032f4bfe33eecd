import { encodePacketMessage } from '../wire/swim-codec.ts';
import type { Dead, Suspect } from '../wire/swim-messages.ts';
import { type SwimMember, viewOf } from './member-table.ts';
import { supersedes } from './merge.ts';
import { isBelievable, refute } from './refute.ts';
import type { SwimState } from './state.ts';
import {
  beginSuspicion,
  confirmSuspicion,
  nextLookMs,
  postponeSuspicion,
  type Suspicion,
  suspicionTerms,
} from './suspicion.ts';

const suspicionPrefix = 'suspicion:';

function suspicionKey(name: string): string {
  return `${suspicionPrefix}${name}`;
}

/** The suspected member whose deadline this is, if it is one. */
export function suspectedOfKey(key: string): string | undefined {
  return key.startsWith(suspicionPrefix) ? key.slice(suspicionPrefix.length) : undefined;
}

/** Takes in a suspicion, our own (after a failed probe) or somebody else's. Source: memberlist state.go suspectNode. */
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
    refute(state, member, claim.incarnation);
    return;
  }
  state.broadcast(claim.node, claim);
  const { timing, without } = state.config;
  const hearingMs = without?.has('hearing') ? 0 : timing.probeTimeoutMs;
  const terms = suspicionTerms(state.table.size, { ...timing, hearingMs });
  member.incarnation = claim.incarnation;
  if (member.state !== 'suspect') member.stateChangedAtMs = state.nowMs;
  member.state = 'suspect';
  goOnWith(state, member, beginSuspicion(terms, claim.from, state.nowMs));
  state.note('info', 'suspecting a member', { member: claim.node, accuser: claim.from });
}

/**
 * Takes in a death, or a departure when the member says it of itself. `ticket` is given back when the
 * news of our own departure is out. Source: memberlist state.go deadNode.
 */
export function applyDead(state: SwimState, claim: Dead, ticket?: number): void {
  const member = state.table.get(claim.node);
  if (member === undefined || claim.incarnation < member.incarnation) return;
  if (!isBelievable(state, claim, member)) return;
  if (!supersedes({ status: 'dead', incarnation: claim.incarnation }, member)) {
    keepEvidence(state, member, claim.incarnation);
    return;
  }
  if (claim.node === state.config.name && !state.leaving) {
    refute(state, member, claim.incarnation);
    return;
  }
  endSuspicion(state, member);
  state.udpPaths.forget(member);
  state.broadcast(claim.node, claim, ticket);
  member.incarnation = claim.incarnation;
  member.state = claim.from === claim.node ? 'left' : 'dead';
  member.stateChangedAtMs = state.nowMs;
  state.emit({ type: 'member-down', member: viewOf(member) });
}

/** Moves every suspicion; its deadline is moved by the caller, with all others. */
export function postponeSuspicions(state: SwimState, byMs: number): void {
  for (const member of state.table.all) {
    if (member.suspicion !== undefined) member.suspicion = postponeSuspicion(member.suspicion, byMs);
  }
}

/**
 * A suspicion's deadline has come: the suspect is told of it, or it has run out, and the member is dead as far
 * as we are concerned.
 */
export function lookAtSuspicion(state: SwimState, name: string): void {
  const member = state.table.get(name);
  if (member?.state !== 'suspect' || member.suspicion === undefined) return;
  const { suspicion } = member;
  if (state.nowMs < suspicion.deadlineMs) {
    hear(state, member, suspicion);
    return;
  }
  const confirmations = suspicion.accusers.size - 1;
  state.note('info', 'a suspected member did not refute in time', { member: name, confirmations });
  applyDead(state, { type: 'dead', incarnation: member.incarnation, node: name, from: state.config.name });
}

/** The member is not under suspicion any more, whatever the reason. */
export function endSuspicion(state: SwimState, member: SwimMember): void {
  if (member.suspicion === undefined) return;
  member.suspicion = undefined;
  state.deadlines.clear(suspicionKey(member.name));
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

/**
 * Tells the suspect itself. Its refutation may have missed us: gossip reaches nearly everybody, and in a large
 * pool that loses packets nearly is not enough, for one wrong verdict is told to all.
 */
function hear(state: SwimState, member: SwimMember, suspicion: Suspicion): void {
  const { name: node, incarnation } = member;
  const accusation = { type: 'suspect', incarnation, node, from: state.config.name } as const;
  state.send(member, [encodePacketMessage(accusation)]);
  goOnWith(state, member, { ...suspicion, hearings: suspicion.hearings + 1 });
}

function goOnWith(state: SwimState, member: SwimMember, suspicion: Suspicion): void {
  member.suspicion = suspicion;
  state.deadlines.set(suspicionKey(member.name), nextLookMs(suspicion, state.nowMs));
}
