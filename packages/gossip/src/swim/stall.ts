import { isRound } from './deadline-kinds.ts';
import { postponeProbe } from './probing/probe-round.ts';
import type { SwimState } from './state.ts';
import { postponeSuspicions } from './suspicion/suspect.ts';

/** The share of the probe timeout beyond which a late deadline shows a busy process. */
const lateShare = 0.2;

/**
 * Postpones deadlines when this process keeps them late: a suspended machine, a blocked event loop, too little CPU. Acks
 * and refutations lie unread meanwhile, and it is this process that is unhealthy. So every deadline by which a peer has to
 * answer moves by the lost time; after a stall, which is longer than a probe timeout, by one probe timeout more, in which
 * this process reads what has arrived (gossip.md 8.18).
 */
export function postponeAfterStall(state: SwimState): void {
  const { awareness, config, deadlines, features, nowMs, probe } = state;
  const { probeTimeoutMs } = config.timing;
  const lateMs = nowMs - (deadlines.nextMs() ?? nowMs);
  if (!features.stallCompensation || lateMs <= probeTimeoutMs * lateShare) return;
  const isStall = lateMs > probeTimeoutMs;
  const byMs = isStall ? lateMs + probeTimeoutMs : lateMs;
  if (isStall) {
    state.note('warn', 'event loop stalled; suspicion deadlines postponed', {
      stalledMs: Math.round(lateMs),
    });
  }
  awareness.deadlineMissed(nowMs, { isStall });
  if (probe !== undefined) state.probe = postponeProbe(probe, byMs);
  postponeSuspicions(state, byMs);
  deadlines.postpone(byMs, (deadline) => !isRound(deadline));
}
