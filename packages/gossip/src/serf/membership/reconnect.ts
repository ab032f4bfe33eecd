import type { Rng } from '../../ports.ts';
import { pickRandom, randomBelow } from '../../swim/random.ts';
import type { SerfState } from '../state.ts';
import type { MemberRecord, MemberRecords } from './member-records.ts';
import type { LastSeen } from './reaped-members.ts';

/** Every failed member is asked for so many times, by somebody, within one reconnect interval. */
const pingsPerReconnect = 10;
/** So many of those that were reaped are asked for as often as the failed; if there are more, in turn. */
const reapedPerRound = 3;
/** The share of the reaped that is asked for in a round at least, by somebody. */
const reapedShareMin = 1 / pingsPerReconnect;
/** Members that one member asks for in one round. Whoever lost nearly everybody needs only one of them to answer. */
const pingsPerRoundMax = 3;

/**
 * The failed member to try now, if any. The chance is the share of failed members to live ones, so that
 * a large pool with one failed member does not hammer it from everywhere. Source: serf.go reconnect.
 */
function chooseReconnect(records: MemberRecords, rng: Rng): MemberRecord | undefined {
  const failedCount = records.count('failed');
  if (failedCount === 0) return undefined;
  const liveCount = records.size - failedCount - records.count('left');
  if (rng.next() > failedCount / Math.max(1, liveCount)) return undefined;
  const failed = Array.from(records.down()).filter((record) => record.member.status === 'failed');
  return failed[randomBelow(rng, failed.length)];
}

/** One round: seeks a failed member at its last address, unless we are leaving ourselves. */
export function tryReconnect(state: SerfState): void {
  if (state.leaving) return;
  const record = chooseReconnect(state.records, state.rng);
  if (record === undefined) return;
  const { name, address } = record.member;
  state.emit({ type: 'reconnect', name, to: address });
}

/** When the next round is due: partly at random, so that a pool that was started at once does not beat as one. */
export function nextReconnectPingMs(state: SerfState): number {
  const intervalMs = state.config.timing.reconnectIntervalMs / pingsPerReconnect;
  return state.nowMs + intervalMs * (0.5 + state.rng.next());
}

/**
 * One round: asks some lost members, by a ping that names them, whether they are there again. Those who know
 * of a loss share the work, so each failed member is asked for every tenth of a reconnect interval however
 * large the pool is; so is one that was reaped, unless there are many. Unlike Serf's attempt this costs one
 * small datagram, and a stranger that has the address now is not joined.
 */
export function sendReconnectPings(state: SerfState): void {
  if (state.leaving) return;
  const { records, reapedMembers } = state;
  const liveCount = records.count('alive') + records.count('leaving');
  if (records.count('failed') > 0) {
    const down = Array.from(records.down(), ({ member, knownShare }) => ({ ...member, knownShare }));
    const failed = down.filter((lost) => lost.status === 'failed');
    pingSome(state, failed, ({ knownShare }) => 1 / (liveCount * knownShare));
  }
  if (reapedMembers.size > 0) {
    const share = Math.max(reapedShareMin, reapedPerRound / reapedMembers.size);
    pingSome(state, reapedMembers.list(), ({ knownShare }) => Math.min(1, share) / (liveCount * knownShare));
  }
}

/** Asks for each with its own chance (above 1 is certain), and for no more than one round may take. */
function pingSome(state: SerfState, lost: readonly LastSeen[], chanceOf: (lost: LastSeen) => number): void {
  const wanted = lost.filter((member) => state.rng.next() < chanceOf(member));
  for (const { name, address } of pickRandom(wanted, pingsPerRoundMax, state.rng, () => true)) {
    state.emit({ type: 'reconnect-ping', name, to: address });
  }
}
