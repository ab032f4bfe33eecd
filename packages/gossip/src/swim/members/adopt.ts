import type { BroadcastId } from '../../ids.ts';
import { sameAddress } from '../../wire/address.ts';
import { massJoinPushPull } from '../deadline-kinds.ts';
import { massJoinDelayMs } from '../push-pull/mass-join.ts';
import type { SwimState } from '../state.ts';
import { endSuspicion } from '../suspicion/member-suspicion.ts';
import type { Announcement } from './announcement.ts';
import { compactBytes, isUp, type SwimMember, sameBytes, viewOf } from './member-table.ts';
import { sameVersions } from './versions.ts';

/** Adds a member to the table, down until its announcement is adopted. */
export function addMember(state: SwimState, claim: Announcement): SwimMember {
  const member: SwimMember = {
    name: claim.node,
    addr: compactBytes(claim.addr),
    address: claim.address,
    meta: compactBytes(claim.meta),
    versions: state.versions.share(claim.versions),
    state: 'dead',
    incarnation: 0,
    stateChangedAtMs: state.nowMs,
    suspicion: undefined,
    isDenied: false,
    correctedAtMs: undefined,
  };
  state.table.add(member);
  return member;
}

/** Makes an announcement what we know of the member, and gossips it: the member is alive. */
export function adopt(
  state: SwimState,
  member: SwimMember,
  claim: Announcement,
  broadcastId?: BroadcastId,
): void {
  endSuspicion(state, member);
  const wasDown = !isUp(member);
  const isChanged =
    !sameBytes(claim.meta, member.meta) ||
    !sameVersions(member.versions, claim.versions) ||
    !sameAddress(member.address, claim.address);
  state.broadcast(member.name, claim, broadcastId);
  member.incarnation = claim.incarnation;
  if (!sameBytes(claim.addr, member.addr)) member.addr = compactBytes(claim.addr);
  member.address = claim.address;
  member.isDenied = false;
  if (isChanged) {
    member.meta = compactBytes(claim.meta);
    member.versions = state.versions.share(claim.versions);
  }
  if (member.state !== 'alive') {
    member.state = 'alive';
    member.stateChangedAtMs = state.nowMs;
  }
  if (wasDown) {
    countJoin(state);
    state.emit({ type: 'member-up', member: viewOf(member, claim.meta) });
  } else if (isChanged) state.emit({ type: 'member-changed', member: viewOf(member, claim.meta) });
}

/** A mass join asks for one more push/pull, unless one is planned already or this pool has no periodic ones. */
function countJoin(state: SwimState): void {
  const { config, deadlines, features, massJoin, nowMs, rng } = state;
  if (!features.massJoinPushPulls || !massJoin.memberJoined(nowMs)) return;
  if (state.isPreloading || config.timing.pushPullIntervalMs === 0 || deadlines.has(massJoinPushPull)) return;
  deadlines.set(massJoinPushPull, nowMs + massJoinDelayMs(rng.next()));
}
