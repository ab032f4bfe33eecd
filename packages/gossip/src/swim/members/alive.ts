import type { BroadcastId } from '../../ids.ts';
import type { Alive } from '../../wire/swim-messages.ts';
import { checkAddress } from '../addresses/address-conflicts.ts';
import type { SwimState } from '../state.ts';
import { correctStaleClaim } from '../suspicion/corrections.ts';
import { isPlausible, refuteAlive } from '../suspicion/refute.ts';
import { addMember, adopt } from './adopt.ts';
import { type Announcement, ownAnnouncement, readAnnouncement } from './announcement.ts';
import { type SwimMember, sameBytes } from './member-table.ts';
import { judgeAddress, supersedes } from './precedence.ts';
import { sameVersions, usableVersions } from './versions.ts';

/** What an announcement leads to. */
type AliveVerdict = 'ignore' | 'stale' | 'conflict' | 'ours' | 'adopt';

/**
 * Applies an alive message: of a new member, a refutation, a change of meta or address, or an outdated claim that
 * changes nothing. Source: memberlist state.go aliveNode.
 */
export function applyAlive(state: SwimState, claim: Alive): void {
  const known = state.table.get(claim.node);
  if (known !== undefined && isStale(state, claim, known)) {
    correctStaleClaim(state, known, claim);
    return;
  }
  if (!isPlausible(state, claim, known)) return;
  const announcement = readAnnouncement(claim, state.config.address.port);
  if (announcement === undefined) {
    const message = 'Ignoring an alive message because protocol version(s) are wrong';
    state.note('debug', message, { member: claim.node });
    return;
  }
  const verdict = judge(state, announcement, known);
  if (verdict === 'stale' && known !== undefined) correctStaleClaim(state, known, announcement);
  if (verdict === 'ignore' || verdict === 'stale' || !isAdmitted(state, announcement)) return;
  if (known === undefined) adopt(state, addMember(state, announcement), announcement);
  else if (verdict === 'adopt') adopt(state, known, announcement);
  else if (verdict === 'ours') refuteUnlessCurrent(state, known, announcement);
  else checkAddress(state, known, announcement);
}

/** Gives us a new incarnation with this meta, and announces it. */
export function announceOurselves(state: SwimState, meta: Uint8Array, broadcastId?: BroadcastId): void {
  const announcement = ownAnnouncement(state.config, state.nextIncarnation(), meta);
  adopt(state, state.self ?? addMember(state, announcement), announcement, broadcastId);
}

/** Nearly all entries of a push/pull: the member is known at this address, in this incarnation or a later one. */
function isStale(state: SwimState, claim: Alive, known: SwimMember): boolean {
  return (
    claim.incarnation <= known.incarnation &&
    claim.port === known.address.port &&
    claim.node !== state.config.name &&
    usableVersions(claim.versions) &&
    sameBytes(claim.addr, known.addr)
  );
}

/** Everything that can be decided without asking the admission policy. */
function judge(state: SwimState, claim: Announcement, known: SwimMember | undefined): AliveVerdict {
  const { config, table, nowMs } = state;
  const isSelf = claim.node === config.name;
  if (isSelf && state.leaving) return 'ignore';
  if (known === undefined) {
    // No member begins below 1; memberlist ignores such a message too.
    if (claim.incarnation < 1 || !config.allowsHost(claim.address.host)) return 'ignore';
    if (!table.isFull) return 'adopt';
    state.note('warn', 'ignoring a new member: the table is full', {
      member: claim.node,
      members: table.size,
    });
    return 'ignore';
  }
  const addressVerdict = judgeAddress(known, claim.address, config.timing.deadNodeReclaimMs, nowMs);
  if (addressVerdict !== 'same') {
    if (!config.allowsHost(claim.address.host)) return 'ignore';
    return addressVerdict === 'moved' ? 'adopt' : 'conflict';
  }
  const { incarnation } = claim;
  if (isSelf) return incarnation < known.incarnation ? 'ignore' : 'ours';
  return supersedes({ status: 'alive', incarnation }, known) ? 'adopt' : 'stale';
}

function isAdmitted(state: SwimState, { node: name, address, meta, versions }: Announcement): boolean {
  const reason = state.config.refusalOf([{ name, address, meta, versions, state: 'alive' }]);
  if (reason !== undefined) state.note('warn', 'ignoring alive message', { member: name, reason });
  return reason === undefined;
}

/** A peer announces us: our own latest announcement, or one that a higher incarnation has to replace. */
function refuteUnlessCurrent(state: SwimState, self: SwimMember, claim: Announcement): void {
  const isCurrent =
    claim.incarnation === self.incarnation &&
    sameBytes(claim.meta, self.meta) &&
    sameVersions(claim.versions, self.versions);
  if (!isCurrent) refuteAlive(state, self, claim.incarnation);
}
