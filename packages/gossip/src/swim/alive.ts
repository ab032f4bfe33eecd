import type { BroadcastId } from '../ids.ts';
import { type Address, formatAddress, hostFromBytes, sameAddress } from '../wire/address.ts';
import type { Alive, Versions } from '../wire/swim-messages.ts';
import { compactBytes, isCompact } from './compact-bytes.ts';
import { correctStaleClaim } from './correct.ts';
import { type SwimMember, viewOf } from './member-table.ts';
import { judgeAddress, sameVersions, supersedes, usableVersions } from './merge.ts';
import { isBelievable, ownAlive, refute } from './refute.ts';
import type { SwimState } from './state.ts';
import { endSuspicion } from './suspects.ts';

/** An alive message whose versions are usable, with its address read. */
type Announcement = Alive & { readonly versions: Versions; readonly address: Address };

/** What is to be done about an announcement. */
type AliveVerdict = 'ignore' | 'stale' | 'conflict' | 'ours' | 'adopt';

/**
 * Takes in what somebody says of a member that it calls alive: a newcomer, a refutation, a change of
 * meta or address, or a stale claim that changes nothing. Source: memberlist state.go aliveNode.
 */
export function applyAlive(state: SwimState, claim: Alive): void {
  const known = state.table.get(claim.node);
  if (known !== undefined && isStale(state, claim, known)) {
    correctStaleClaim(state, known, claim);
    return;
  }
  if (!isBelievable(state, claim, known)) return;
  const announcement = readAnnouncement(state, claim);
  if (announcement === undefined) return;
  const verdict = judge(state, announcement, known);
  if (verdict === 'stale' && known !== undefined) correctStaleClaim(state, known, announcement);
  if (verdict === 'ignore' || verdict === 'stale' || !isAdmitted(state, announcement)) return;
  if (known === undefined) adopt(state, newcomer(state, announcement), announcement);
  else if (verdict === 'adopt') adopt(state, known, announcement);
  else if (verdict === 'ours') answerForOurselves(state, known, announcement);
  else settleConflict(state, known, announcement);
}

/**
 * Two addresses claim one name. Who is where decides; until then, and when it stays open, nothing changes.
 * The member that moved does not know what was announced in its name before: it is told, and refutes.
 */
function settleConflict(state: SwimState, known: SwimMember, claim: Announcement): void {
  const { node: name, address: claimed } = claim;
  const existing = known.address;
  const isSelf = name === state.config.name;
  if (state.config.disabledExtensions?.has('address-checks')) {
    state.emit({ type: 'conflict', name, existing, claimed });
    return;
  }
  const where = isSelf ? { old: claimed, claimed: undefined } : { old: existing, claimed };
  state.addressChecks.begin(state, name, where, (isMoved) => {
    if (!isMoved) {
      state.emit({ type: 'conflict', name, existing, claimed });
      return;
    }
    const current = state.table.get(name);
    if (current === undefined || !sameAddress(current.address, existing)) return;
    if (isSelf) {
      if (!state.leaving) refute(state, current, claim.incarnation);
      return;
    }
    const { incarnation } = current;
    state.note('info', 'a member has moved to another address', { member: name, to: formatAddress(claimed) });
    adopt(state, current, claim);
    if (claim.incarnation > incarnation) return;
    const accusation = { type: 'suspect', incarnation, node: name, from: state.config.name } as const;
    state.sendAlone(claimed, accusation);
  });
}

/** Almost all of what a whole pool's state says: the member is known at this address, and not younger than that. */
function isStale(state: SwimState, claim: Alive, known: SwimMember): boolean {
  return (
    claim.incarnation <= known.incarnation &&
    claim.port === known.address.port &&
    claim.node !== state.config.name &&
    usableVersions(claim.versions) &&
    isCompact(claim.addr, known.addr)
  );
}

/** Puts our own row, with a new incarnation and this meta, and announces it. */
export function announceOurselves(state: SwimState, meta: Uint8Array, broadcastId?: BroadcastId): void {
  const { config } = state;
  const incarnation = state.nextIncarnation();
  const { versions, address } = config;
  const announcement = { ...ownAlive(state, incarnation, meta), versions, address };
  adopt(state, state.self ?? newcomer(state, announcement), announcement, broadcastId);
}

function readAnnouncement(state: SwimState, claim: Alive): Announcement | undefined {
  const { versions } = claim;
  if (!usableVersions(versions)) {
    state.note('debug', 'dropping an alive message without usable protocol versions', { member: claim.node });
    return undefined;
  }
  const port = claim.port === 0 ? state.config.address.port : claim.port;
  return { ...claim, port, versions, address: { host: hostFromBytes(claim.addr), port } };
}

/** Everything that can be decided without asking the admission policy; stale news, the most frequent, comes first. */
function judge(state: SwimState, claim: Announcement, known: SwimMember | undefined): AliveVerdict {
  const { config, table, nowMs } = state;
  const isSelf = claim.node === config.name;
  if (isSelf && state.leaving) return 'ignore';
  if (known === undefined) {
    // Nobody begins below 1; memberlist ignores such a claim too.
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
  const reason = state.config.refuse([{ name, address, meta, versions, state: 'alive' }]);
  if (reason !== undefined) state.note('warn', 'refusing a member', { member: name, reason });
  return reason === undefined;
}

/** Somebody announced us: true as far as it goes, or to be corrected with a higher incarnation. */
function answerForOurselves(state: SwimState, self: SwimMember, claim: Announcement): void {
  const isCurrent =
    claim.incarnation === self.incarnation &&
    isCompact(claim.meta, self.meta) &&
    sameVersions(claim.versions, self.versions);
  if (!isCurrent) refute(state, self, claim.incarnation);
}

function newcomer(state: SwimState, claim: Announcement): SwimMember {
  const member: SwimMember = {
    name: claim.node,
    addr: compactBytes(claim.addr),
    address: claim.address,
    meta: compactBytes(claim.meta),
    versions: state.shared(claim.versions),
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

function adopt(state: SwimState, member: SwimMember, claim: Announcement, broadcastId?: BroadcastId): void {
  endSuspicion(state, member);
  const wasDown = member.state === 'dead' || member.state === 'left';
  const isChanged =
    !isCompact(claim.meta, member.meta) ||
    !sameVersions(member.versions, claim.versions) ||
    !sameAddress(member.address, claim.address);
  state.broadcast(member.name, claim, broadcastId);
  member.incarnation = claim.incarnation;
  if (!isCompact(claim.addr, member.addr)) member.addr = compactBytes(claim.addr);
  member.address = claim.address;
  member.isDenied = false;
  if (isChanged) {
    member.meta = compactBytes(claim.meta);
    member.versions = state.shared(claim.versions);
  }
  if (member.state !== 'alive') {
    member.state = 'alive';
    member.stateChangedAtMs = state.nowMs;
  }
  if (wasDown) {
    state.massJoin.memberJoined(state);
    state.emit({ type: 'member-up', member: viewOf(member, claim.meta) });
  } else if (isChanged) state.emit({ type: 'member-changed', member: viewOf(member, claim.meta) });
}
