import type { StreamId } from '../../ids.ts';
import { type Address, hostFromBytes } from '../../wire/address.ts';
import type { PushPull, PushPullNode } from '../../wire/swim-messages.ts';
import { applyAlive } from '../members/alive.ts';
import { bytesOf, type SwimMember } from '../members/member-table.ts';
import { findIncompatible, type VersionHolder } from '../members/versions.ts';
import type { SwimState } from '../state.ts';
import { applyDead } from '../suspicion/dead.ts';
import type { SwimCandidate } from '../types.ts';
import { applyDownClaim } from './push-pull-claims.ts';

/** Pools up to this size push and pull at the configured interval. Source: memberlist util.go pushPullScaleThreshold. */
const scaleThreshold = 32;

/** The interval of the periodic push/pull: once more for every doubling above 32 members. Source: memberlist util.go pushPullScale. */
export function pushPullIntervalMs(baseMs: number, membersCount: number): number {
  if (membersCount <= scaleThreshold) return baseMs;
  return baseMs * (Math.ceil(Math.log2(membersCount) - Math.log2(scaleThreshold)) + 1);
}

/** Our full state, as a push/pull sends it. Source: memberlist net.go sendLocalState. */
export function localPushPull(state: SwimState, intent: 'join' | 'sync'): PushPull {
  const join = intent === 'join';
  const nodes = state.table.all.map((member) => toEntry(state, member));
  return { type: 'push-pull', join, nodes, userState: state.delegate.localState(join) };
}

/**
 * A push/pull that sends nothing: no members, no state of the layer above, and no wish to join. A peer answers
 * with its full state, merges nothing and asks no policy of its own about us.
 * Source: memberlist net.go handleConn, readRemoteState, mergeRemoteState.
 */
export const poolProbeRequest: PushPull = {
  type: 'push-pull',
  join: false,
  nodes: [],
  userState: new Uint8Array(0),
};

/** Begins a push/pull with an address. */
export function beginPushPull(
  state: SwimState,
  streamId: StreamId,
  to: Address,
  intent: 'join' | 'sync',
  timeoutMs = state.config.timing.streamTimeoutMs,
): void {
  state.emit({ type: 'push-pull', streamId, to, state: localPushPull(state, intent), timeoutMs });
}

/** A peer's state that was judged: what of it may be merged, or why nothing may. */
export type JudgedState =
  | { readonly refusal: string }
  | { readonly refusal: undefined; readonly entries: readonly PushPullNode[]; readonly remote: PushPull };

/** Judges a peer's full state by protocol versions and, in a join, by the admission policy. Changes nothing. */
export function judgePushPull(state: SwimState, remote: PushPull): JudgedState {
  const incompatible = findIncompatible(remote.nodes, livingOf(state, remote), state.config.versions);
  const bad = new Map(incompatible.map(({ name, reason }) => [name, reason]));
  const entries = remote.nodes.filter((entry) => {
    const reason = bad.get(entry.name);
    if (reason !== undefined)
      state.note('warn', 'leaving an incompatible member out of a push/pull merge', {
        member: entry.name,
        reason,
      });
    return reason === undefined;
  });
  if (!remote.join) return { refusal: undefined, entries, remote };
  const refusal = state.config.refusalOf(
    entries.map((entry) => toCandidate(entry, state.config.address.port)),
  );
  return refusal === undefined ? { refusal, entries, remote } : { refusal };
}

/**
 * Merges a peer's full state; nothing of one that was refused. A death is never believed outright: the
 * member gets the chance to answer and to refute. Only a departure is final.
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
      applyAlive(state, { type: 'alive', node, incarnation, ...announcedFields(entry) });
      return;
    case 'left':
      applyDead(state, { type: 'dead', node, incarnation, from: node });
      return;
    case 'suspect':
    case 'dead':
      applyDownClaim(state, node, incarnation);
      return;
    default:
      entry.state satisfies never;
  }
}

function announcedFields({
  addr,
  port,
  meta,
  versions,
}: PushPullNode): Pick<PushPullNode, 'addr' | 'port' | 'meta' | 'versions'> {
  return versions === undefined ? { addr, port, meta } : { addr, port, meta, versions };
}

/**
 * A member that no other reaches calls itself suspect. A peer that has forgotten its failure would otherwise take it for
 * a new member and call it failed again, with every push/pull; an unknown suspect is no member to it.
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

/** A peer's entry for the admission policy. An entry without a port is at the pool's own. */
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

/** The live entries of both sides bound the range. */
function livingOf(state: SwimState, remote: PushPull): readonly VersionHolder[] {
  const theirs = remote.nodes.filter((entry) => entry.state === 'alive');
  return [...theirs, ...state.table.all.filter((member) => member.state === 'alive')];
}
