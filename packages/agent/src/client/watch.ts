import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type LimitPorts, limited, processTimers } from './limited.ts';
import type { ReadAnswer } from './read-options.ts';
import { AgentClientError } from './transport.ts';

/** What a watch hands to the read that it repeats. */
export interface WatchRead {
  /** Absent for the first read, and for the next one after a failure or an index that went back: those do not wait. */
  readonly index?: bigint;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** How a watch goes on. */
export interface WatchOptions {
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
  /** How long one request waits for a change. Default 300,000, at most 600,000. */
  readonly waitMs?: number;
  /** The longest pause between failed requests; the first one is at most 250 ms. Default 10,000. */
  readonly retryMsMax?: number;
  /** Called for each failed request that is repeated, with the pause before that. */
  readonly onRetry?: (error: AgentClientError, delayMs: number) => void;
}

/** The answers of a watch. Ending the iteration, as `break` in `for await` does, ends the request that waits. */
export interface Watch<T> extends AsyncIterator<ReadAnswer<T>, undefined> {
  next(): Promise<IteratorResult<ReadAnswer<T>, undefined>>;
  return(): Promise<IteratorResult<ReadAnswer<T>, undefined>>;
  [Symbol.asyncIterator](): Watch<T>;
}

/** What a watch takes from the process. */
export interface WatchPorts extends LimitPorts {
  nowMs(): number;
  /** Resolves after the time or, at the latest, when the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** From 0 to below 1. */
  random(): number;
}

const processPorts: WatchPorts = {
  ...processTimers,
  nowMs: () => performance.now(),
  pause: (ms, signal) =>
    delay(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }),
  random: Math.random,
};

const firstRetryMs = 250;
/** How long an answer may take that waits for nothing. */
const firstReadMs = 30_000;
/** An unchanged answer before its time, as of a server that does not wait, is not followed by the next request at once. */
const unchangedMsMin = 1_000;

/**
 * The answers of a blocking read, one for each change of the value, beginning with the present one:
 * `watch((options) => client.health.service('web', { passing: true, ...options }))`.
 *
 * Requests that got no answer, or an answer of status 429 or 500 and above, are repeated with growing pauses; other
 * errors are thrown. After a failure, and when the index goes back, the watch begins anew, since the servers may have
 * restarted without their data; what is unchanged then is no element. There is one request at a time, made when the
 * consumer asks for the next element: a slow consumer gets the newest value, and nothing piles up.
 */
export function watch<T>(
  read: (options: WatchRead) => Promise<ReadAnswer<T>>,
  options: WatchOptions = {},
): Watch<T> {
  return watchWith(processPorts, read, options);
}

/** `watch` with the ports of a test. */
export function watchWith<T>(
  ports: WatchPorts,
  read: (options: WatchRead) => Promise<ReadAnswer<T>>,
  options: WatchOptions,
): Watch<T> {
  const ended = new AbortController();
  const changes = changesUntil(ports, read, options, ended);
  return {
    next: () => changes.next(),
    // A request that waits would otherwise hold up the end of the iteration.
    return() {
      ended.abort();
      return changes.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The listener keeps a signal that nothing else holds, and goes with the iteration. */
async function* changesUntil<T>(
  ports: WatchPorts,
  read: (options: WatchRead) => Promise<ReadAnswer<T>>,
  options: WatchOptions,
  ended: AbortController,
): AsyncGenerator<ReadAnswer<T>, undefined> {
  const onAbort = (): void => ended.abort(options.signal?.reason);
  if (options.signal?.aborted === true) return undefined;
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return yield* changesOf(ports, read, { ...options, signal: ended.signal });
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
}

async function* changesOf<T>(
  ports: WatchPorts,
  read: (options: WatchRead) => Promise<ReadAnswer<T>>,
  options: WatchOptions & { readonly signal: AbortSignal },
): AsyncGenerator<ReadAnswer<T>, undefined> {
  const { signal, waitMs = 300_000, retryMsMax = 10_000, onRetry } = options;
  let index: bigint | undefined;
  let last: ReadAnswer<T> | undefined;
  let failuresCount = 0;
  while (!signal.aborted) {
    const askedMs = ports.nowMs();
    let answer: ReadAnswer<T>;
    try {
      // A read that waits has a deadline of its own.
      answer = await (index === undefined
        ? limited(ports, firstReadMs, signal, (each) => read({ waitMs, signal: each }))
        : read({ waitMs, signal, index }));
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!isTransient(error)) throw error;
      const delayMs = retryMs(failuresCount, retryMsMax, ports.random());
      failuresCount += 1;
      // Who answers next may be behind this index, after a restart without its data, and would wait for it.
      index = undefined;
      onRetry?.(error, delayMs);
      await ports.pause(delayMs, signal);
      continue;
    }
    failuresCount = 0;
    // An index of 0 is none; with 0 the agent would not wait.
    const found = answer.index === 0n ? 1n : answer.index;
    const wentBack = index !== undefined && found < index;
    const isUnchanged = last !== undefined && isDeepStrictEqual(answer.value, last.value);
    const isEarly = found === index;
    index = wentBack ? undefined : found;
    if (!isUnchanged) {
      last = answer;
      yield answer;
    } else if (isEarly) {
      const restMs = Math.min(unchangedMsMin, waitMs) - (ports.nowMs() - askedMs);
      if (restMs > 0) await ports.pause(restMs, signal);
    }
  }
  return undefined;
}

function isTransient(error: unknown): error is AgentClientError {
  if (!(error instanceof AgentClientError)) return false;
  return error.code === 'CLIENT_CONNECTION' || error.status === 429 || error.status >= 500;
}

/** Twice as long after each failure, and up to half of it less, so that watches do not return in step. */
function retryMs(failuresCount: number, retryMsMax: number, random: number): number {
  const fullMs = Math.min(firstRetryMs * 2 ** failuresCount, retryMsMax);
  return Math.round(fullMs * (1 - random / 2));
}
