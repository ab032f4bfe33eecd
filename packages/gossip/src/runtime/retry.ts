import type { Clock, Logger, Rng } from '../ports.ts';
import { pause } from './waits.ts';

/** How often, and after which waits, a failed attempt is repeated. */
export interface RetryOptions {
  /** How many attempts are made in all. Default: no limit. */
  readonly maxAttempts?: number;
  /** The wait after the first attempt, in milliseconds; it doubles with each further attempt. Default 1000. */
  readonly minDelayMs?: number;
  /** The longest wait, the first one included, in milliseconds. Default 30000, as Consul's `retry_interval`. */
  readonly maxDelayMs?: number;
}

/** The defaults of RetryOptions. */
export const retryDefaults = { maxAttempts: Number.POSITIVE_INFINITY, minDelayMs: 1_000, maxDelayMs: 30_000 };

/** An attempt that another one follows. */
export interface RetryNotice {
  /** How many attempts were made so far. */
  readonly attempts: number;
  /** How long the next attempt waits. */
  readonly delayMs: number;
  /** Why it failed; undefined when it succeeded and was not enough. */
  readonly error: unknown;
}

/** What is attempted, and when to stop. */
export interface RetryParts<T> {
  readonly clock: Clock;
  /** Spreads the waits, so that members that start together do not retry in step. Default: no spread. */
  readonly rng?: Rng;
  readonly retry: RetryOptions;
  attempt(signal: AbortSignal): Promise<T>;
  /** Whether the result needs no further attempt. */
  isEnough(result: T): boolean;
  /** Whether another attempt would fail in the same way. */
  isFinal(error: unknown): boolean;
  onRetry(notice: RetryNotice): void;
}

/**
 * Repeats an attempt until its result is enough (ADR 0014). When the attempts are used up, it ends as the last one did.
 * An abort rejects with the signal's reason, at once during a wait; an attempt receives the signal.
 */
export async function retrying<T>(parts: RetryParts<T>, signal: AbortSignal): Promise<T> {
  const { clock, retry } = parts;
  const { maxAttempts = retryDefaults.maxAttempts } = retry;
  for (let attempts = 1; ; attempts += 1) {
    signal.throwIfAborted();
    let error: unknown;
    try {
      const result = await parts.attempt(signal);
      if (attempts >= maxAttempts || parts.isEnough(result)) return result;
    } catch (failure) {
      if (signal.aborted || attempts >= maxAttempts || parts.isFinal(failure)) throw failure;
      error = failure;
    }
    const delayMs = retryDelayMs(retry, attempts, parts.rng);
    parts.onRetry({ attempts, delayMs, error });
    await pause(clock, delayMs, signal);
  }
}

/**
 * The wait after so many attempts: half of a doubling bound plus a random part of the other half, but never less than
 * the first wait and never more than the longest.
 */
export function retryDelayMs(options: RetryOptions, attempts: number, rng?: Rng): number {
  const { minDelayMs = retryDefaults.minDelayMs, maxDelayMs = retryDefaults.maxDelayMs } = options;
  const bound = Math.min(maxDelayMs, minDelayMs * 2 ** (attempts - 1));
  if (rng === undefined) return bound;
  const shortest = Math.min(bound, Math.max(minDelayMs, bound / 2));
  return Math.round(shortest + rng.next() * (bound - shortest));
}

/** How the retries of a join are worded. */
export interface RetryLogOptions {
  /** The message when the caller itself was the only one that answered. */
  readonly onlySelfAnswered: string;
  /** The fields of a line; `reason` is undefined when the attempt succeeded. */
  fields(notice: RetryNotice, reason: string | undefined): object;
}

/**
 * Logs the retries of a join. A failure is a warning each time. That only the caller itself answered is normal for the
 * first member of a pool: it is logged at info once in a row, and at debug afterwards.
 */
export function retryLog(logger: Logger, options: RetryLogOptions): (notice: RetryNotice) => void {
  let wasAlone = false;
  return (notice) => {
    const { error } = notice;
    if (error === undefined) {
      logger[wasAlone ? 'debug' : 'info'](options.fields(notice, undefined), options.onlySelfAnswered);
    } else {
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn(options.fields(notice, reason), 'Join cluster failed, will retry');
    }
    wasAlone = error === undefined;
  };
}
