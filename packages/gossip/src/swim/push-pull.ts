import type { StreamId } from '../ids.ts';
import { type Address, hostFromBytes } from '../wire/address.ts';
import type { PushPull, PushPullNode } from '../wire/swim-messages.ts';
import { applyAlive } from './alive.ts';
import { bytesOf } from './compact-bytes.ts';
import { findIncompatible, type VersionHolder } from './compatibility.ts';
import type { SwimMember } from './member-table.ts';
import { takeAccusation } from './push-pull-claims.ts';
import type { SwimState } from './state.ts';
import { applyDead } from './suspects.ts';
import type { SwimCandidate } from './types.ts';

/** Pools up to this size exchange at the configured interval. Source: memberlist util.go pushPullScaleThreshold. */
const scaleThreshold = 32;

/** The interval of the periodic exchange: one more for every doubling above 32 members. Source: memberlist util.go pushPullScale. */
export function pushPullIntervalMs(baseMs: number, membersCount: number): number {
  if (membersCount <= scaleThreshold) return baseMs;
  return baseMs * (Math.ceil(Math.log2(membersCount) - Math.log2(scaleThreshold)) + 1);
}

/** Everything we know, as we tell it in an exchange. Source: memberlist net.go sendLocalState. */
export function localPushPull(state: SwimState, intent: 'join' | 'sync'): PushPull {
  const join = intent === 'join';
  const nodes = state.table.all.map((member) => toEntry(state, member));
  return { type: 'push-pull', join, nodes, userState: state.delegate.localState(join) };
}

/**
 * An exchange that tells nothing: no members, no state of the layer above, and no wish to join. A peer answers
 * with everything it knows, merges nothing and asks no policy of its own about us.
 * Source: memberlist net.go handleConn, readRemoteState, mergeRemoteState.
 */
export const poolProbeRequest: PushPull = {
  type: 'push-pull',
  join: false,
  nodes: [],
  userState: new Uint8Array(0),
};

/** Begins an exchange with an address, and tells its number. */
export function beginPushPull(
  state: SwimState,
  streamId: StreamId,
  to: Address,
  intent: 'join' | 'sync',
  timeoutMs = state.config.timing.streamTimeoutMs,
): void {
  state.emit({ type: 'push-pull', streamId, to, state: localPushPull(state, intent), timeoutMs });
}

/** A peer's state that was judged: what of it may be taken in, or why nothing may. */
export type JudgedState =
  | { readonly refusal: string }
  | { readonly refusal: undefined; readonly entries: readonly PushPullNode[]; readonly remote: PushPull };

/** Judges a peer's whole state by protocol versions and, when somebody joins, by who may be a member. Changes nothing. */
export function judgePushPull(state: SwimState, remote: PushPull): JudgedState {
  const incompatible = findIncompatible(remote.nodes, livingOf(state, remote), state.config.versions);
  const bad = new Map(incompatible.map(({ name, reason }) => [name, reason]));
  const entries = remote.nodes.filter((entry) => {
    const reason = bad.get(entry.name);
    if (reason !== undefined)
      state.note('warn', 'leaving a member out of a merge', { member: entry.name, reason });
    return reason === undefined;
  });
  if (!remote.join) return { refusal: undefined, entries, remote };
  const refusal = state.config.refuse(entries.map((entry) => toCandidate(entry, state.config.address.port)));
  return refusal === undefined ? { refusal, entries, remote } : { refusal };
}

/**
 * Takes in a peer's whole state; nothing of one that was refused. Deaths are never believed outright: the
 * accused gets the chance to answer and to refute; only a departure is final.
 * Source: memberlist net.go mergeRemoteState, state.go mergeState.
 */
export function mergePushPull(state: SwimState, judged: JudgedState): void {
  if (judged.refusal !== undefined) return;
  const { entries, remote } = judged;
  for (const entry of entries) mergeEntry(state, entry);
  if (remote.userState.length > 0) {
    state.emit({ type: 'user-state', payload: remote.userState, join: remote.join });
  }
}

function mergeEntry(state: SwimState, entry: PushPullNode): void {
  const { name: node, incarnation } = entry;
  switch (entry.state) {
    case 'alive':
      applyAlive(state, { type: 'alive', node, incarnation, ...pick(entry) });
      return;
    case 'left':
      applyDead(state, { type: 'dead', node, incarnation, from: node });
      return;
    default:
      takeAccusation(state, node, incarnation);
  }
}

function pick({
  addr,
  port,
  meta,
  versions,
}: PushPullNode): Pick<PushPullNode, 'addr' | 'port' | 'meta' | 'versions'> {
  return versions === undefined ? { addr, port, meta } : { addr, port, meta, versions };
}

/**
 * A member that nobody reaches calls itself suspect. A peer that has forgotten its failure would take it for a newcomer
 * otherwise, and call it failed again, with every exchange; a suspect that it does not know is no member to it.
 */
function toEntry(state: SwimState, member: SwimMember): PushPullNode {
  const { name, addr, address, meta, incarnation, versions } = member;
  const isUnreached = member === state.self && state.ownReach.verdict === 'unreached';
  return {
    name,
    addr: bytesOf(addr),
    port: address.port,
    meta: bytesOf(meta),
    incarnation,
    state: isUnreached && member.state === 'alive' ? 'suspect' : member.state,
    versions,
  };
}

/** A peer's entry as it is asked about; one without a port is at the pool's own. */
export function toCandidate(entry: PushPullNode, poolPort: number): SwimCandidate {
  const port = entry.port === 0 ? poolPort : entry.port;
  return {
    name: entry.name,
    address: { host: hostFromBytes(entry.addr), port },
    meta: entry.meta,
    versions: entry.versions ?? noVersions,
    state: entry.state,
  };
}

const noVersions = {
  protocolMin: 0,
  protocolMax: 0,
  protocolCur: 0,
  delegateMin: 0,
  delegateMax: 0,
  delegateCur: 0,
};

/** Both sides of an exchange bound the range: their live entries and ours. */
function livingOf(state: SwimState, remote: PushPull): readonly VersionHolder[] {
  const theirs = remote.nodes.filter((entry) => entry.state === 'alive');
  return [...theirs, ...state.table.all.filter((member) => member.state === 'alive')];
}
