import type { Clock } from '@hobnob/gossip';
import { formatGoDuration } from '../config/go-duration.ts';
import { AgentError } from '../errors.ts';
import type { JoinConfig } from '../options.ts';
import type { AgentLogger } from '../ports.ts';
import { pause } from './pause.ts';

export interface RetryJoinParts {
  readonly clock: Clock;
  readonly logger: AgentLogger;
  /** As Consul logs it. */
  readonly cluster: 'LAN' | 'WAN';
  /** One attempt; resolves with how many addresses were reached. */
  readonly join: (addresses: readonly string[], signal: AbortSignal) => Promise<number>;
}

/** The first wait of those who may try for ever; it doubles until it is the configured interval (ADR 0014). */
const firstWaitMs = 1000;

/**
 * Joins through `config.retryJoin` until one address answers. With a limit on the retries they keep Consul's fixed
 * interval; without one the first come sooner, so that agents that start together meet at once. Resolves when joined,
 * or when `signal` aborts.
 * @throws AgentError AGENT_JOIN after `retryMaxAttempts` retries, AGENT_MIXED_SERVERS at once: that does not
 *   pass with time.
 */
export async function retryJoin(
  parts: RetryJoinParts,
  config: JoinConfig,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger, cluster, join } = parts;
  if (config.retryJoin.length === 0) return;
  logger.info({ cluster }, 'Joining cluster...');
  for (let attempts = 1; !signal.aborted; attempts += 1) {
    try {
      const joined = await join(config.retryJoin, signal);
      logger.info({ cluster, num_agents: joined }, 'Join cluster completed. Synced with initial agents');
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof AgentError) || error.code === 'AGENT_MIXED_SERVERS') throw error;
      if (config.retryMaxAttempts > 0 && attempts > config.retryMaxAttempts) {
        throw new AgentError(
          'AGENT_JOIN',
          `max join retry exhausted after ${attempts} attempts: ${error.message}`,
          {
            cause: error,
          },
        );
      }
      logger.warn(
        { cluster, retry_interval: formatGoDuration(waitMs(config, attempts)), error: error.message },
        'Join cluster failed, will retry',
      );
    }
    await pause(clock, waitMs(config, attempts), signal);
  }
}

function waitMs({ retryIntervalMs, retryMaxAttempts }: JoinConfig, attempts: number): number {
  return retryMaxAttempts > 0
    ? retryIntervalMs
    : Math.min(retryIntervalMs, firstWaitMs * 2 ** (attempts - 1));
}
