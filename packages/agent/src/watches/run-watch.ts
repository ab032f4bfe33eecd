import { isDeepStrictEqual } from 'node:util';
import type { AgentClient } from '../client/client.ts';
import type { ViewOptions, WatchedView, WatchPlan } from './watch-plan.ts';

/** What a watch needs of its surroundings. */
export interface WatchRun {
  readonly client: AgentClient;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** A change, the first view too. Resolves with whether to go on. */
  handle(view: WatchedView): Promise<boolean>;
  /** A read failed and is repeated after this time. */
  onError(reason: string, retryMs: number): void;
  /** Resolves after the time, or when the signal aborts. */
  pause(ms: number): Promise<void>;
}

const retryMsFirst = 5_000;
const retryMsMax = 180_000;
/** An agent that answers at once with the same index is not asked more often than this. */
const unchangedPauseMs = 1_000;

/** Follows a view until its handler or the signal ends that. Source: Consul api/watch/plan.go, RunWithClientAndHclog. */
export async function runWatch(plan: WatchPlan, run: WatchRun): Promise<void> {
  const { client, signal } = run;
  let last: WatchedView | undefined;
  let known: bigint | string | undefined;
  let failuresCount = 0;
  while (!signal.aborted) {
    let view: WatchedView;
    try {
      view = await plan.read(client, { signal, ...waitOf(known) });
    } catch (error) {
      if (signal.aborted) return;
      failuresCount += 1;
      // Who answers next may be behind this index, after a restart without its data.
      known = undefined;
      const retryMs = Math.min(retryMsFirst * failuresCount ** 2, retryMsMax);
      run.onError(plan.describe(error), retryMs);
      await run.pause(retryMs);
      continue;
    }
    failuresCount = 0;
    // With an index of 0 the agent would not wait.
    const found = view.hash ?? (view.index === 0n ? 1n : view.index);
    if (found === known) {
      await run.pause(unchangedPauseMs);
      continue;
    }
    const isUnchanged = known !== undefined && isDeepStrictEqual(view.value, last?.value);
    known = found;
    if (isUnchanged) continue;
    last = view;
    if (!(await run.handle(view))) return;
  }
}

function waitOf(known: bigint | string | undefined): ViewOptions {
  if (known === undefined) return {};
  return typeof known === 'string' ? { hash: known } : { index: known };
}
