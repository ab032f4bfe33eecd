import { drainOrder } from './gossip-queues.ts';
import type { SerfState } from './state.ts';

/**
 * Looks after the queues: a long one is warned of, since it means more news than the pool can spread
 * (gossip.md 8.14), and one beyond its bound is cut. Source: serf.go checkQueueDepth.
 */
export function checkQueues(state: SerfState): void {
  for (const queue of drainOrder) {
    const depth = state.queues.depth(queue);
    if (depth > state.config.timing.queueDepthWarning)
      state.note('warn', 'gossip queue is long', { queue, depth });
    if (depth > state.queueDepthMax) state.pruneQueue(queue);
  }
}
