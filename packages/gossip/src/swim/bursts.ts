import { beginPeriodicExchange } from './named-exchange.ts';
import type { SwimState } from './state.ts';

/** So many members that turn up within the window are a burst, more than gossip was made for. */
const burstMin = 8;
const windowMs = 5_000;
/** The extra exchange comes so long after, at a random time between the two, when the gossip has calmed down. */
const earliestMs = 3_000;
const latestMs = 12_000;

const burstKey = 'after-burst';

/**
 * Makes up for what gossip loses when many members turn up at once, as when a partition heals. Each is told of
 * a fixed number of times, and a few in a thousand hear of somebody only by their next exchange of state, which
 * is minutes away in a large pool. So there is one exchange more, soon after.
 */
export class Bursts {
  #sinceMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** A member has turned up, or is back. */
  turnedUp(state: SwimState): void {
    const { nowMs, deadlines, rng, config } = state;
    if (config.without?.has('bursts')) return;
    if (nowMs - this.#sinceMs > windowMs) {
      this.#sinceMs = nowMs;
      this.#count = 0;
    }
    this.#count += 1;
    if (this.#count !== burstMin || state.isPreloading || config.timing.pushPullIntervalMs === 0) return;
    if (deadlines.has(burstKey)) return;
    deadlines.set(burstKey, nowMs + earliestMs + rng.next() * (latestMs - earliestMs));
  }

  /** Acts on a deadline of ours; false when it is somebody else's. */
  expired(state: SwimState, key: string): boolean {
    if (key !== burstKey) return false;
    if (!state.leaving) beginPeriodicExchange(state);
    return true;
  }
}
