import { encodeSerfMessage } from '../wire/serf-codec.ts';
import type { SerfPushPull } from '../wire/serf-messages.ts';
import type { UserEvents } from './events/user-events.ts';
import type { IntentOutcome, IntentRules } from './membership/intent-rules.ts';
import type { ClockName, SerfState } from './state.ts';

/** The weight of one push/pull in a member's `knownShare`; large, since push/pulls are rare. */
const knownShareWeight = 0.5;

/** Our Serf state for a push/pull, type byte included. Source: serf delegate.go LocalState. */
export function encodeLocalState({ clocks, records }: SerfState, events: UserEvents): Uint8Array {
  const statusTimes = new Map<string, number>();
  const leftMembers: string[] = [];
  for (const { member, statusTime } of records.values()) {
    statusTimes.set(member.name, statusTime);
    if (member.status === 'left') leftMembers.push(member.name);
  }
  return encodeSerfMessage({
    type: 'serf-push-pull',
    lamportTime: clocks.member.time,
    statusTimes,
    leftMembers,
    eventTime: clocks.event.time,
    events: events.slots(),
    queryTime: clocks.query.time,
  });
}

/**
 * Merges a peer's Serf state: its clocks, then an intent for every member that it lists. Nothing is rebroadcast.
 * Returns `refute` when the peer takes us, or may take us, for leaving or left. Source: serf delegate.go
 * MergeRemoteState.
 */
export function mergeRemoteState(state: SerfState, rules: IntentRules, remote: SerfPushPull): IntentOutcome {
  witnessPeerClock(state, 'member', remote.lamportTime);
  witnessPeerClock(state, 'event', remote.eventTime);
  witnessPeerClock(state, 'query', remote.queryTime);
  const left = new Set(remote.leftMembers);
  let outcome: IntentOutcome = 'ignore';
  for (const node of left) {
    const lamportTime = leaveTime(state, node, remote.statusTimes.get(node) ?? 0);
    const intent = { type: 'leave-intent', lamportTime, node, prune: false } as const;
    if (rules.leave(intent, 'push-pull') === 'refute') outcome = 'refute';
  }
  for (const [node, lamportTime] of remote.statusTimes) {
    if (left.has(node)) continue;
    if (rules.join({ type: 'join-intent', lamportTime, node }, 'push-pull') === 'refute') outcome = 'refute';
  }
  updateKnownShares(state, remote);
  return outcome;
}

/**
 * Estimates which share of the pool knows each member. A peer that restarted or joined late does not know some
 * members that failed, and sends them no reconnect pings; then the others send more.
 */
function updateKnownShares({ records }: SerfState, { statusTimes }: SerfPushPull): void {
  for (const record of records.values()) {
    const isListed = statusTimes.has(record.member.name) ? 1 : 0;
    record.knownShare += (isListed - record.knownShare) * knownShareWeight;
  }
}

/**
 * The Lamport time of the leave that a peer's list implies. Serf adds one, so that the leave overrules a join of the
 * same time. A member that has left here needs no overruling; adding one would raise the pool's clocks with every
 * push/pull (gossip.md 8.21).
 */
function leaveTime({ records }: SerfState, node: string, statusTime: number): number {
  return records.get(node)?.member.status === 'left' ? statusTime : statusTime + 1;
}

/** A clock holds the time of the next message, so the peer has witnessed one less. */
function witnessPeerClock(state: SerfState, clock: ClockName, time: number): void {
  if (time > 0) state.witness(clock, time - 1);
}
