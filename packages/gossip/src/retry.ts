import { pause } from './io/pending.ts';
import type { Clock, Rng } from './ports.ts';

/** How often and how soon something that failed is tried again. */
export interface RetryOptions {
  /** How many attempts there are in all. Default: as many as it takes. */
  readonly maxAttempts?: number;
  /** The wait after the first attempt, in milliseconds; every further one is twice as long. Default 1000. */
  readonly minDelayMs?: number;
  /** The longest wait, the first one included, in milliseconds. Default 30000, as Consul's `retry_interval`. */
  readonly maxDelayMs?: number;
}

/** The defaults of RetryOptions. */
export const retryDefaults = { maxAttempts: Number.POSITIVE_INFINITY, minDelayMs: 1_000, maxDelayMs: 30_000 };

/** What is said of an attempt after which another one follows. */
export interface RetryNotice {
  /** How many attempts there were, this one included. */
  readonly attempts: number;
  readonly delayMs: number;
  /** Why it failed; undefined when it succeeded and was not enough. */
  readonly error: unknown;
}

/** What is tried again, and when that ends. */
export interface RetryParts<T> {
  readonly clock: Clock;
  /** Spreads the waits, so that members that start together do not stay in step. Default: no spread. */
  readonly rng?: Rng;
  readonly retry: RetryOptions;
  attempt(signal: AbortSignal): Promise<T>;
  /** Whether there is no need of another attempt. */
  isEnough(result: T): boolean;
  /** Whether another attempt would fail in the same way. */
  isFinal(error: unknown): boolean;
  onRetry(notice: RetryNotice): void;
}

/**
 * Attempts something until it is enough (ADR 0014). When the attempts are used up, it ends as the last one did.
 * An abort rejects with the signal's reason, at once while it waits; an attempt is given the signal.
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
 * How long to wait after so many attempts: a doubling bound of which a random half is taken away, but never less
 * than the first wait and never more than the longest one.
 */
export function retryDelayMs(options: RetryOptions, attempts: number, rng?: Rng): number {
  const { minDelayMs = retryDefaults.minDelayMs, maxDelayMs = retryDefaults.maxDelayMs } = options;
  const bound = Math.min(maxDelayMs, minDelayMs * 2 ** (attempts - 1));
  if (rng === undefined) return bound;
  const shortest = Math.min(bound, Math.max(minDelayMs, bound / 2));
  return Math.round(shortest + rng.next() * (bound - shortest));
}
