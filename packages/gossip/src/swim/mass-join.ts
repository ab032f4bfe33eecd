import { beginPeriodicPushPull } from './named-push-pull.ts';
import type { SwimState } from './state.ts';

/** So many members that turn up within the window are a burst, more than gossip was made for. */
const massJoinMin = 8;
const windowMs = 5_000;
/** The extra exchange comes so long after, at a random time between the two, when the gossip has calmed down. */
const earliestMs = 3_000;
const latestMs = 12_000;

const massJoinKey = 'mass-join';

/**
 * Makes up for what gossip loses when many members turn up at once, as when a partition heals. Each is told of
 * a fixed number of times, and a few in a thousand hear of somebody only by their next exchange of state, which
 * is minutes away in a large pool. So there is one exchange more, soon after.
 */
export class MassJoin {
  #sinceMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** A member has turned up, or is back. */
  memberJoined(state: SwimState): void {
    const { nowMs, deadlines, rng, config } = state;
    if (config.disabledExtensions?.has('mass-join-push-pull')) return;
    if (nowMs - this.#sinceMs > windowMs) {
      this.#sinceMs = nowMs;
      this.#count = 0;
    }
    this.#count += 1;
    if (this.#count !== massJoinMin || state.isPreloading || config.timing.pushPullIntervalMs === 0) return;
    if (deadlines.has(massJoinKey)) return;
    deadlines.set(massJoinKey, nowMs + earliestMs + rng.next() * (latestMs - earliestMs));
  }

  /** Acts on a deadline of ours; false when it is somebody else's. */
  expired(state: SwimState, key: string): boolean {
    if (key !== massJoinKey) return false;
    if (!state.leaving) beginPeriodicPushPull(state);
    return true;
  }
}
