import { GossipError } from '../errors.ts';
import type { JoinResult } from '../gossip.ts';
import type { Clock, Logger, Rng } from '../ports.ts';
import { type RetryOptions, retrying, retryLog } from '../runtime/retry.ts';

/** What a join with retries takes from its member. */
export interface JoinRetryParts {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly retry: RetryOptions;
  readonly signal: AbortSignal;
  /** One attempt. */
  join(signal: AbortSignal): Promise<JoinResult>;
  /** Whether this member has live peers, for instance because one has joined it meanwhile. */
  hasLivePeers(): boolean;
}

/**
 * Joins until another member admits this one. An answer of this member itself is not enough unless it has live peers: a
 * host name may have this address alone at first, and those of the other members once they run.
 */
export async function joinWithRetries(parts: JoinRetryParts): Promise<JoinResult> {
  const { logger, signal } = parts;
  const onRetry = retryLog(logger, {
    onlySelfAnswered: 'Only this member itself answered a join, will retry',
    fields: ({ attempts: count, delayMs }, reason) => ({
      attempts: count,
      retryMs: delayMs,
      ...(reason === undefined ? {} : { reason }),
    }),
  });
  let attempts = 0;
  const result = await retrying(
    {
      ...parts,
      attempt: (until) => {
        attempts += 1;
        return parts.join(until);
      },
      isEnough: ({ joinedCount }) => joinedCount > 0 || parts.hasLivePeers(),
      isFinal: (error) => !mayPass(error),
      onRetry,
    },
    signal,
  );
  if (attempts > 1) logger.info({ joinedCount: result.joinedCount, attempts }, 'Join cluster completed');
  return result;
}

/** Whether another attempt may succeed. Invalid seeds stay invalid. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof GossipError)) return false;
  if (error.code === 'GOSSIP_NOT_ADMITTED') return true;
  if (error.code !== 'GOSSIP_JOIN_FAILED' || !(error.cause instanceof AggregateError)) return false;
  return error.cause.errors.some((reason: { readonly code?: unknown }) => reason.code !== 'SEED_INVALID');
}
