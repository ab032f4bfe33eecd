import type { RunResult } from './result.ts';

/** How many results in a row change the state of a check. 0 and less count as 1. */
export interface Thresholds {
  readonly successBeforePassing: number;
  readonly failuresBeforeCritical: number;
}

/** The results in a row of one check. */
export interface Verdict {
  readonly successes: number;
  readonly failures: number;
}

/** Both counters start at their thresholds, so that the very first result counts. */
export function initialVerdict(thresholds: Thresholds): Verdict {
  return { successes: thresholds.successBeforePassing, failures: thresholds.failuresBeforeCritical };
}

/** A verdict after a result, and whether the result is published. */
export interface VerdictStep {
  readonly verdict: Verdict;
  readonly publishes: boolean;
}

/**
 * Counts a result. One that is not published leaves the old state and the old output in place.
 * Source: consensus-and-rpc.md 7.4; Consul checks.StatusHandler.
 */
export function countResult(
  verdict: Verdict,
  { status, skipsThresholds = false }: RunResult,
  thresholds: Thresholds,
): VerdictStep {
  if (skipsThresholds) return { verdict, publishes: true };
  if (status === 'critical') {
    const failures = verdict.failures + 1;
    return { verdict: { successes: 0, failures }, publishes: failures >= thresholds.failuresBeforeCritical };
  }
  const successes = verdict.successes + 1;
  return { verdict: { successes, failures: 0 }, publishes: successes >= thresholds.successBeforePassing };
}
