import { pickRandom, randomBelow } from '../../collections/random-choice.ts';
import type { Rng } from '../../ports.ts';
import type { SerfState } from '../state.ts';
import type { MemberRecord, MemberRecords } from './member-records.ts';
import type { LastSeen } from './reaped-members.ts';

/** Reconnect pings that a failed member gets from the pool within one reconnect interval. */
const pingsPerReconnect = 10;
/** Reaped members pinged per round. If there are more, each is pinged less often. */
const reapedPerRound = 3;
/** The least share of the reaped members that the pool pings in a round. */
const reapedShareMin = 1 / pingsPerReconnect;
/** Pings that one member sends in one round. One ack is enough, even if nearly all members failed. */
const pingsPerRoundMax = 3;

/**
 * The failed member to reconnect to now, if any. The chance is the ratio of failed to live members, so that a large
 * pool does not flood one failed member. Source: serf.go reconnect.
 */
function chooseReconnect(records: MemberRecords, rng: Rng): MemberRecord | undefined {
  const failedCount = records.count('failed');
  if (failedCount === 0) return undefined;
  const liveCount = records.size - failedCount - records.count('left');
  if (rng.next() > failedCount / Math.max(1, liveCount)) return undefined;
  const failed = Array.from(records.down()).filter((record) => record.member.status === 'failed');
  return failed[randomBelow(rng, failed.length)];
}

/** Asks for a push/pull with a failed member, as Serf does, unless we are leaving. */
export function attemptReconnect(state: SerfState): void {
  if (state.leaving) return;
  const record = chooseReconnect(state.records, state.rng);
  if (record === undefined) return;
  const { name, address } = record.member;
  state.emit({ type: 'reconnect', name, to: address });
}

/** When the next round of pings begins; partly random, so that members that started together do not synchronize. */
export function nextReconnectPingMs(state: SerfState): number {
  const intervalMs = state.config.timing.reconnectIntervalMs / pingsPerReconnect;
  return state.nowMs + intervalMs * (0.5 + state.rng.next());
}

/**
 * Pings some failed and reaped members by name. All live members that know a failed one share the work, so the pool
 * pings it ten times in a reconnect interval, whatever the pool's size; reaped ones too, unless there are many.
 * Unlike Serf's attempt a ping is one small datagram, and another process at the address is not joined.
 */
export function sendReconnectPings(state: SerfState): void {
  if (state.leaving) return;
  const { records, reapedMembers } = state;
  const liveCount = records.count('alive') + records.count('leaving');
  if (records.count('failed') > 0) {
    const down = Array.from(records.down(), ({ member, knownShare }) => ({ ...member, knownShare }));
    const failed = down.filter(({ status }) => status === 'failed');
    pingSome(state, failed, ({ knownShare }) => 1 / (liveCount * knownShare));
  }
  if (reapedMembers.size > 0) {
    const share = Math.max(reapedShareMin, reapedPerRound / reapedMembers.size);
    pingSome(state, reapedMembers.list(), ({ knownShare }) => Math.min(1, share) / (liveCount * knownShare));
  }
}

/** Pings each member with its own chance (certain from 1 on), and at most `pingsPerRoundMax` of them. */
function pingSome(state: SerfState, down: readonly LastSeen[], chanceOf: (member: LastSeen) => number): void {
  const chosen = down.filter((member) => state.rng.next() < chanceOf(member));
  for (const { name, address } of pickRandom(chosen, pingsPerRoundMax, state.rng, () => true)) {
    state.emit({ type: 'reconnect-ping', name, to: address });
  }
}
