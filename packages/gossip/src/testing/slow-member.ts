import type { Clock } from '../ports.ts';
import type { Rule } from './fault-rules.ts';

/** A member that is slow again and again, all its life. */
export interface SlowMemberOptions {
  readonly clock: Clock;
  /** The slow member's host. */
  readonly host: string;
  /** How long it is slow at a time. */
  readonly durationMs: number;
  /** How long it is well in between. */
  readonly intervalMs: number;
  /** When it is slow for the first time. Default: now. */
  readonly startMs?: number;
}

/**
 * A rule under which a member's timers run but its messages do not: while it is slow, whatever reaches it or
 * leaves it waits for the end of that spell. So a starved process looks from outside, and so it accuses
 * others: its probes time out while their answers wait unread. For a process that is stopped as a whole, its
 * timers too, use `TestCluster.pause`. Source: Lifeguard §V.
 * @throws RangeError for a spell that is not longer than 0, or a negative pause between two.
 */
export function slowMember({
  clock,
  host,
  durationMs,
  intervalMs,
  startMs = clock.nowMs(),
}: SlowMemberOptions): Rule {
  if (!(durationMs > 0 && intervalMs >= 0))
    throw new RangeError(`nobody is slow for ${durationMs} and well for ${intervalMs} ms`);
  return ({ from, to }) => {
    if (from.host !== host && to.host !== host) return { type: 'pass' };
    const sinceMs = clock.nowMs() - startMs;
    const intoMs = sinceMs % (durationMs + intervalMs);
    if (sinceMs < 0 || intoMs >= durationMs) return { type: 'pass' };
    return { type: 'deliver-after', delayMs: durationMs - intoMs };
  };
}
