import { type Address, hostFromBytes } from '../wire/address.ts';
import type { Alive, Dead, Suspect } from '../wire/swim-messages.ts';
import { type SwimMember, viewOf } from './member-table.ts';
import {
  incarnationMax,
  judgeAddress,
  sameBytes,
  sameVersions,
  supersedes,
  usableVersions,
} from './merge.ts';
import type { SwimState } from './state.ts';
import { beginSuspicion, confirmSuspicion, suspicionTerms } from './suspicion.ts';

const suspicionPrefix = 'suspicion:';

function suspicionKey(name: string): string {
  return `${suspicionPrefix}${name}`;
}

/** The suspected member whose deadline this is, if it is one. */
export function suspectedOfKey(key: string): string | undefined {
  return key.startsWith(suspicionPrefix) ? key.slice(suspicionPrefix.length) : undefined;
}

/**
 * Takes in what somebody says of a member that it calls alive: a newcomer, a refutation, a change of
 * meta or address, or a stale claim that changes nothing. Source: memberlist state.go aliveNode.
 */
export function applyAlive(state: SwimState, claim: Alive): void {
  const { config, table } = state;
  if (!isBelievable(state, claim)) return;
  const { versions } = claim;
  if (!usableVersions(versions)) {
    state.note('debug', 'dropping an alive message without usable protocol versions', { member: claim.node });
    return;
  }
  const isSelf = claim.node === config.name;
  if (isSelf && state.leaving) return;
  const port = claim.port === 0 ? config.address.port : claim.port;
  const address: Address = { host: hostFromBytes(claim.addr), port };
  const known = table.get(claim.node);
  const verdict =
    known === undefined ? 'same' : judgeAddress(known, address, config.timing.deadNodeReclaimMs, state.nowMs);
  if (known !== undefined && verdict === 'same') {
    const { incarnation } = claim;
    const isNews = isSelf
      ? incarnation >= known.incarnation
      : supersedes({ status: 'alive', incarnation }, known);
    if (!isNews) return;
  }
  if ((known === undefined || verdict !== 'same') && !config.allowsHost(address.host)) return;
  if (known === undefined && table.isFull) {
    state.note('warn', 'ignoring a new member: the table is full', {
      member: claim.node,
      members: table.size,
    });
    return;
  }
  const candidate = { name: claim.node, address, meta: claim.meta, versions, state: 'alive' as const };
  const refusal = config.refuse([candidate]);
  if (refusal !== undefined) {
    state.note('warn', 'refusing a member', { member: claim.node, reason: refusal });
    return;
  }
  if (known !== undefined && verdict === 'conflict') {
    state.emit({ type: 'conflict', name: claim.node, existing: known.address, claimed: address });
    return;
  }
  if (isSelf && known !== undefined) {
    answerForOurselves(state, known, claim);
    return;
  }
  const member = known ?? newcomer(state, claim, address);
  adopt(state, member, { ...claim, versions, address });
}

/** Takes in a suspicion, our own (after a failed probe) or somebody else's. Source: memberlist state.go suspectNode. */
export function applySuspect(state: SwimState, claim: Suspect): void {
  const member = state.table.get(claim.node);
  if (member === undefined || claim.incarnation < member.incarnation || !isBelievable(state, claim)) return;
  if (member.suspicion !== undefined) {
    confirm(state, member, claim);
    return;
  }
  if (!supersedes({ status: 'suspect', incarnation: claim.incarnation }, member)) return;
  if (claim.node === state.config.name) {
    refute(state, member, claim.incarnation);
    return;
  }
  state.broadcast(claim.node, claim);
  const { probeIntervalMs, suspicionMult, suspicionMaxTimeoutMult } = state.config.timing;
  const terms = suspicionTerms(state.table.size, probeIntervalMs, suspicionMult, suspicionMaxTimeoutMult);
  member.incarnation = claim.incarnation;
  member.state = 'suspect';
  member.stateChangedAtMs = state.nowMs;
  member.suspicion = beginSuspicion(terms, claim.from, state.nowMs);
  state.deadlines.set(suspicionKey(claim.node), member.suspicion.deadlineMs);
  state.note('info', 'suspecting a member', { member: claim.node, accuser: claim.from });
}

/**
 * Takes in a death, or a departure when the member says it of itself. `ticket` is given back when the
 * news of our own departure is out. Source: memberlist state.go deadNode.
 */
export function applyDead(state: SwimState, claim: Dead, ticket?: number): void {
  const member = state.table.get(claim.node);
  if (member === undefined || claim.incarnation < member.incarnation || !isBelievable(state, claim)) return;
  if (!supersedes({ status: 'dead', incarnation: claim.incarnation }, member)) return;
  if (claim.node === state.config.name && !state.leaving) {
    refute(state, member, claim.incarnation);
    return;
  }
  endSuspicion(state, member);
  state.broadcast(claim.node, claim, ticket);
  member.incarnation = claim.incarnation;
  member.state = claim.from === claim.node ? 'left' : 'dead';
  member.stateChangedAtMs = state.nowMs;
  state.emit({ type: 'member-down', member: viewOf(member) });
}

/** The suspicion has run out: the member is dead as far as we are concerned. */
export function expireSuspicion(state: SwimState, name: string): void {
  const member = state.table.get(name);
  if (member?.state !== 'suspect' || member.suspicion === undefined) return;
  const confirmations = member.suspicion.accusers.size - 1;
  state.note('info', 'a suspected member did not refute in time', { member: name, confirmations });
  applyDead(state, { type: 'dead', incarnation: member.incarnation, node: name, from: state.config.name });
}

/** Puts our own row, with a new incarnation and this meta, and announces it. */
export function announceOurselves(state: SwimState, meta: Uint8Array, ticket?: number): void {
  const { config } = state;
  const incarnation = state.nextIncarnation();
  const claim = ownAlive(state, incarnation, meta);
  const known = state.self;
  const member = known ?? newcomer(state, claim, config.address);
  adopt(state, member, { ...claim, versions: config.versions, address: config.address }, ticket);
}

function ownAlive(state: SwimState, incarnation: number, meta: Uint8Array): Alive {
  const { name, addr, address, versions } = state.config;
  return { type: 'alive', incarnation, node: name, addr, port: address.port, meta, versions };
}

/** Somebody announced us: true as far as it goes, or to be corrected with a higher incarnation. */
function answerForOurselves(state: SwimState, self: SwimMember, claim: Alive): void {
  const isCurrent =
    claim.incarnation === self.incarnation &&
    sameBytes(claim.meta, self.meta) &&
    claim.versions !== undefined &&
    sameVersions(claim.versions, self.versions);
  if (!isCurrent) refute(state, self, claim.incarnation);
}

/** Contradicts what was said about us, and takes it as a sign that we are not well. Source: Lifeguard §IV-A. */
function refute(state: SwimState, self: SwimMember, accusedIncarnation: number): void {
  self.incarnation = state.incarnationAbove(accusedIncarnation);
  state.awareness.apply(1);
  state.broadcast(self.name, ownAlive(state, self.incarnation, self.meta));
  state.note('info', 'refuting a claim about ourselves', { incarnation: self.incarnation });
}

function newcomer(state: SwimState, claim: Alive, address: Address): SwimMember {
  const member: SwimMember = {
    name: claim.node,
    addr: claim.addr,
    address,
    meta: claim.meta,
    versions: claim.versions ?? state.config.versions,
    state: 'dead',
    incarnation: 0,
    stateChangedAtMs: state.nowMs,
    suspicion: undefined,
  };
  state.table.add(member);
  return member;
}

function adopt(
  state: SwimState,
  member: SwimMember,
  claim: Alive & { readonly versions: SwimMember['versions']; readonly address: Address },
  ticket?: number,
): void {
  endSuspicion(state, member);
  const wasDown = member.state === 'dead' || member.state === 'left';
  const metaChanged = !sameBytes(member.meta, claim.meta);
  state.broadcast(member.name, claim, ticket);
  member.incarnation = claim.incarnation;
  member.addr = claim.addr;
  member.address = claim.address;
  member.meta = claim.meta;
  member.versions = claim.versions;
  if (member.state !== 'alive') {
    member.state = 'alive';
    member.stateChangedAtMs = state.nowMs;
  }
  if (wasDown) state.emit({ type: 'member-up', member: viewOf(member) });
  else if (metaChanged) state.emit({ type: 'member-changed', member: viewOf(member) });
}

function confirm(state: SwimState, member: SwimMember, claim: Suspect): void {
  if (member.suspicion === undefined) return;
  const confirmed = confirmSuspicion(member.suspicion, claim.from);
  if (confirmed === undefined) return;
  member.suspicion = confirmed;
  state.deadlines.set(suspicionKey(member.name), confirmed.deadlineMs);
  state.broadcast(member.name, claim);
}

function endSuspicion(state: SwimState, member: SwimMember): void {
  if (member.suspicion === undefined) return;
  member.suspicion = undefined;
  state.deadlines.clear(suspicionKey(member.name));
}

function isBelievable(
  state: SwimState,
  claim: { readonly node: string; readonly incarnation: number },
): boolean {
  if (claim.incarnation <= incarnationMax) return true;
  state.note('warn', 'ignoring a claim with an incarnation no member could have', {
    member: claim.node,
    incarnation: claim.incarnation,
  });
  return false;
}
