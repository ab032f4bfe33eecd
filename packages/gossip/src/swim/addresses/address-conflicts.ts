import type { StreamId } from '../../ids.ts';
import { type Address, formatAddress, sameAddress } from '../../wire/address.ts';
import { adopt } from '../members/adopt.ts';
import type { Announcement } from '../members/announcement.ts';
import type { SwimMember } from '../members/member-table.ts';
import type { SwimState } from '../state.ts';
import { refuteAlive } from '../suspicion/refute.ts';
import { suspectMessage } from '../suspicion/suspicion-notices.ts';
import type { AddressCheck, AddressPing } from './address-checks.ts';

/** A name whose check left it where it was is not checked again for this long. */
const contestedMs = 5_000;

/** Two addresses claim one name: pings both. Until the check ends, and when it moves nothing, the name stays where it was. */
export function checkAddress(state: SwimState, known: SwimMember, claim: Announcement): void {
  const { addressChecks, config, deadlines, features, nowMs } = state;
  const { node: name, address: claimed } = claim;
  const existing = known.address;
  const checkState = features.addressChecks ? addressChecks.stateOf(name) : 'contested';
  if (checkState === 'contested') reportConflict(state, claim, existing);
  if (checkState !== 'free') return;
  // Of our own name, only the other address is pinged: we are at ours.
  const isSelf = name === config.name;
  const oldPing = pingAddress(state, name, isSelf ? claimed : existing);
  const newPing = isSelf ? undefined : pingAddress(state, name, claimed);
  addressChecks.begin({ name, existing, claim, oldPing, newPing });
  deadlines.set({ kind: 'address-check', name }, nowMs + config.timing.probeTimeoutMs);
}

/** An ack over UDP may end a check. */
export function addressCheckAcked(state: SwimState, seq: number): void {
  endCheck(state, state.addressChecks.acked(seq));
}

/** So may the end of a stream ping, by an ack or by a denial. */
export function addressCheckStreamEnded(
  state: SwimState,
  streamId: StreamId,
  answer: 'acked' | 'denied',
): void {
  endCheck(state, state.addressChecks.streamEnded(streamId, answer));
}

/** The time for answers to a check is over. */
export function addressCheckTimedOut(state: SwimState, name: string): void {
  const ended = state.addressChecks.timedOut(name);
  if (ended?.isMoved) moveMember(state, ended.check);
  else endCheck(state, ended?.check);
}

/** The check has left the name where it was. */
function endCheck(state: SwimState, check: AddressCheck | undefined): void {
  if (check === undefined) return;
  state.deadlines.set({ kind: 'address-check', name: check.name }, state.nowMs + contestedMs);
  reportConflict(state, check.claim, check.existing);
}

function pingAddress(state: SwimState, name: string, at: Address): AddressPing {
  const { config } = state;
  const seq = state.nextSeq();
  const streamId = state.nextStreamId();
  // A member that claims our address is not there: our own process would answer.
  if (sameAddress(at, config.address)) return { seq, streamId, answer: 'denied' };
  const ping = { type: 'ping', seq, node: name, replyTo: config.address, sourceNode: config.name } as const;
  state.sendAlone(at, ping);
  state.emit({ type: 'stream-ping', streamId, to: at, ping, timeoutMs: config.timing.probeTimeoutMs });
  return { seq, streamId, answer: 'none' };
}

function reportConflict(
  state: SwimState,
  { node: name, address: claimed }: Announcement,
  existing: Address,
): void {
  state.emit({ type: 'conflict', name, existing, claimed });
}

/** The member has moved. It may not know what was announced in its name before: it is notified of that, and refutes. */
function moveMember(state: SwimState, { name, existing, claim }: AddressCheck): void {
  const member = state.table.get(name);
  if (member === undefined || !sameAddress(member.address, existing)) return;
  if (name === state.config.name) {
    if (!state.leaving) refuteAlive(state, member, claim.incarnation);
    return;
  }
  const suspect = suspectMessage(state, member);
  state.note('info', 'a member has moved to another address', {
    member: name,
    to: formatAddress(claim.address),
  });
  adopt(state, member, claim);
  if (claim.incarnation <= suspect.incarnation) state.sendAlone(claim.address, suspect);
}
