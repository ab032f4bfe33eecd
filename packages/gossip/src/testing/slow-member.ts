import type { Clock } from '../ports.ts';
import type { Rule } from './fault-rules.ts';

/** A member with periodic anomalies. */
export interface SlowMemberOptions {
  readonly clock: Clock;
  /** The host of the slow member. */
  readonly host: string;
  /** The duration of an anomaly. */
  readonly durationMs: number;
  /** The time between the end of an anomaly and the start of the next. */
  readonly intervalMs: number;
  /** When the first anomaly starts. Default: now. */
  readonly startMs?: number;
}

/**
 * A rule that delays the messages of a member during anomalies, while its timers run: what it sends or receives waits for
 * the end of the anomaly. The member then behaves like a process that is starved of CPU: it suspects others, because its
 * probes time out while the acks wait unread. `TestCluster.pause` stops the timers too. Source: Lifeguard §V.
 * @throws RangeError unless durationMs > 0 and intervalMs >= 0.
 */
export function slowMember({
  clock,
  host,
  durationMs,
  intervalMs,
  startMs = clock.nowMs(),
}: SlowMemberOptions): Rule {
  if (!(durationMs > 0 && intervalMs >= 0))
    throw new RangeError(
      `an anomaly has a positive duration and an interval of 0 or more ms, not ${durationMs} and ${intervalMs}`,
    );
  return ({ from, to }) => {
    if (from.host !== host && to.host !== host) return { type: 'pass' };
    const sinceMs = clock.nowMs() - startMs;
    const phaseMs = sinceMs % (durationMs + intervalMs);
    if (sinceMs < 0 || phaseMs >= durationMs) return { type: 'pass' };
    return { type: 'deliver-after', delayMs: durationMs - phaseMs };
  };
}
