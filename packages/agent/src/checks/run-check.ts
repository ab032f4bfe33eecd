import type { PeriodicCheck } from './definition.ts';
import type { CheckResult } from './result.ts';
import { type HttpRunnerOptions, runHttp } from './run-http.ts';
import { runTcp } from './run-tcp.ts';

/** Runs checks of every kind, each over a connection of its own. */
export function checkRunner(
  options: HttpRunnerOptions,
): (check: PeriodicCheck, signal: AbortSignal) => Promise<CheckResult> {
  return (check, signal) => (check.kind === 'http' ? runHttp(check, options, signal) : runTcp(check, signal));
}
