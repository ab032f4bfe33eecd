import type { Clock } from '@hobnob/gossip';
import { type RetryOptions, retrying, retryLog } from '@hobnob/gossip/runtime';
import { formatGoDuration } from '../config/go-duration.ts';
import { AgentError } from '../errors.ts';
import type { JoinConfig } from '../options.ts';
import type { AgentLogger } from '../ports.ts';

export interface RetryJoinParts {
  readonly clock: Clock;
  readonly logger: AgentLogger;
  /** As Consul logs it. */
  readonly cluster: 'LAN' | 'WAN';
  /** One attempt; resolves with how many other agents were reached, 0 when only this one answered. */
  readonly join: (addresses: readonly string[], signal: AbortSignal) => Promise<number>;
  /** Whether another agent has joined this one meanwhile. */
  readonly hasPeers: () => boolean;
}

/** The first wait of a join without a limit; it doubles until it is the configured interval (ADR 0014). */
const firstWaitMs = 1000;

/**
 * Joins through `config.retryJoin` until another agent answers or has joined this one; an answer of this agent
 * itself is no join, though Consul takes it for one (ADR 0020). With a limit on the retries they keep Consul's
 * fixed interval; without one the first come sooner, so that agents that start together join at once. Resolves when
 * joined, when `signal` aborts, and when the retries are used up and only this agent answered: it may be the first
 * of its pool.
 * @throws AgentError AGENT_JOIN after `retryMaxAttempts` retries, AGENT_MIXED_SERVERS at once: that does not pass
 *   with time.
 */
export async function retryJoin(
  parts: RetryJoinParts,
  config: JoinConfig,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger, cluster, join, hasPeers } = parts;
  if (config.retryJoin.length === 0) return;
  logger.info({ cluster }, 'Joining cluster...');
  let attempts = 0;
  try {
    const joined = await retrying(
      {
        clock,
        retry: retryOptions(config),
        attempt: (until) => {
          attempts += 1;
          return join(config.retryJoin, until);
        },
        isEnough: (count) => count > 0 || hasPeers(),
        isFinal: (error) => !(error instanceof AgentError) || error.code === 'AGENT_MIXED_SERVERS',
        onRetry: retryLog(logger, {
          onlySelfAnswered: 'Only this agent itself answered the join, will retry',
          fields: ({ delayMs }, error) => ({
            cluster,
            retry_interval: formatGoDuration(delayMs),
            ...(error === undefined ? {} : { error }),
          }),
        }),
      },
      signal,
    );
    if (joined > 0 || hasPeers()) {
      logger.info({ cluster, num_agents: joined }, 'Join cluster completed. Synced with initial agents');
    } else {
      logger.warn({ cluster, attempts }, 'Only this agent itself answered the joins, continuing alone');
    }
  } catch (error) {
    if (signal.aborted) return;
    throw attempts > config.retryMaxAttempts ? exhausted(error, attempts, config) : error;
  }
}

/** With a limit the interval is Consul's, since there it decides how long an agent keeps trying. */
function retryOptions({ retryIntervalMs, retryMaxAttempts }: JoinConfig): RetryOptions {
  return retryMaxAttempts > 0
    ? { maxAttempts: retryMaxAttempts + 1, minDelayMs: retryIntervalMs, maxDelayMs: retryIntervalMs }
    : { minDelayMs: firstWaitMs, maxDelayMs: retryIntervalMs };
}

function exhausted(error: unknown, attempts: number, { retryMaxAttempts }: JoinConfig): unknown {
  if (retryMaxAttempts === 0 || !(error instanceof AgentError) || error.code === 'AGENT_MIXED_SERVERS') {
    return error;
  }
  const text = `max join retry exhausted after ${attempts} attempts: ${error.message}`;
  return new AgentError('AGENT_JOIN', text, { cause: error });
}
