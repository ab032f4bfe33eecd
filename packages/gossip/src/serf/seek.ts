import { pickRandom } from '../swim/random.ts';
import type { LastSeen } from './former-members.ts';
import type { SerfState } from './state.ts';

/** Every failed member is asked for so many times, by somebody, within one reconnect interval. */
const seeksPerReconnect = 10;
/** Members that one member asks for in one round. Whoever lost nearly everybody needs only one of them to answer. */
const seeksPerRoundMax = 3;

/** When the next round is due: partly at random, so that a pool that was started at once does not beat as one. */
export function nextSeekMs(state: SerfState): number {
  const intervalMs = state.config.timing.reconnectIntervalMs / seeksPerReconnect;
  return state.nowMs + intervalMs * (0.5 + state.rng.next());
}

/**
 * One round: asks some failed members, by a ping that names them, whether they are there again. The live
 * members share the work, so each failed one is asked for every tenth of a reconnect interval however large
 * the pool is, and one that was reaped every whole interval. Unlike Serf's attempt this costs one small
 * datagram, and a stranger that has the address now is not joined.
 */
export function seekLost(state: SerfState): void {
  if (state.leaving) return;
  const { records, former } = state;
  const liveCount = Math.max(1, records.count('alive') + records.count('leaving'));
  const failedCount = records.count('failed');
  if (failedCount > 0) {
    const down = Array.from(records.down(), (record) => record.member);
    const failed = down.filter((member) => member.status === 'failed');
    seekSome(state, failed, failedCount / liveCount);
  }
  if (former.size > 0) seekSome(state, former.list(), former.size / (liveCount * seeksPerReconnect));
}

/** Asks for as many as expected on average; the fraction is left to chance. */
function seekSome(state: SerfState, lost: readonly LastSeen[], expectedCount: number): void {
  const count = Math.min(seeksPerRoundMax, Math.floor(expectedCount + state.rng.next()));
  for (const { name, address } of pickRandom(lost, count, state.rng, () => true)) {
    state.emit({ type: 'seek', name, to: address });
  }
}
