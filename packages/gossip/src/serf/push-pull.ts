import { encodeSerfMessage } from '../wire/serf-codec.ts';
import type { SerfPushPull } from '../wire/serf-messages.ts';
import type { UserEvents } from './events/user-events.ts';
import type { IntentOutcome, IntentRules } from './membership/intent-rules.ts';
import type { ClockName, SerfState } from './state.ts';

/** What one exchange weighs in the share of the pool that has heard of somebody. Much, as they are rare. */
const knownShareWeight = 0.5;

/** Our part of a state exchange, type byte included. Source: serf delegate.go LocalState. */
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
 * Takes in a peer's part of an exchange: its clocks, then an intent for every member it lists. Nothing
 * is gossiped on. Returns whether the peer believes, or may believe, that we leave or have left, which we then
 * have to refute.
 * Source: serf delegate.go MergeRemoteState.
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
  learnWhoIsKnown(state, remote);
  return outcome;
}

/**
 * A peer that began anew, or came late, has never heard of some whom we lost or are about to lose: it does not
 * seek them, and we have to do more. After the restart of nearly everybody that is nearly everybody.
 */
function learnWhoIsKnown({ records }: SerfState, { statusTimes }: SerfPushPull): void {
  for (const record of records.values()) {
    const seen = statusTimes.has(record.member.name) ? 1 : 0;
    record.knownShare += (seen - record.knownShare) * knownShareWeight;
  }
}

/**
 * The time of the leave that a peer's list implies. Upstream adds one, so that the leave overrules a
 * join of the same time; but when we hold the member as left already there is nothing to overrule, and
 * the clocks of a whole pool would grow with every exchange (gossip.md 8.21).
 */
function leaveTime({ records }: SerfState, node: string, statusTime: number): number {
  return records.get(node)?.member.status === 'left' ? statusTime : statusTime + 1;
}

/** A clock shows the time of the next message, so the peer has seen one less. */
function witnessPeerClock(state: SerfState, clock: ClockName, time: number): void {
  if (time > 0) state.witness(clock, time - 1);
}
