import type { Rng } from '../../ports.ts';
import { randomBelow } from '../../swim/random.ts';
import type { SerfState } from '../state.ts';
import type { MemberRecord, MemberRecords } from './member-records.ts';

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
