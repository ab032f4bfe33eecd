import type { JoinResult } from '../gossip.ts';
import { diagnostics } from '../io/diagnostics.ts';
import type { Clock } from '../ports.ts';

export interface PublishedJoin {
  readonly member: string;
  readonly seeds: readonly string[];
  readonly clock: Clock;
}

/** Joins, and publishes the duration and the outcome for diagnostics. */
export async function publishJoin(
  { member, seeds, clock }: PublishedJoin,
  join: () => Promise<JoinResult>,
): Promise<JoinResult> {
  if (!diagnostics.join.hasSubscribers) return join();
  const startedMs = clock.nowMs();
  const publish = (outcome: { readonly joinedCount: number; readonly error?: unknown }): void => {
    diagnostics.join.publish({ member, seeds, durationMs: clock.nowMs() - startedMs, ...outcome });
  };
  try {
    const result = await join();
    publish({ joinedCount: result.joinedCount });
    return result;
  } catch (error) {
    publish({ joinedCount: 0, error });
    throw error;
  }
}
