import type { Clock } from '../ports.ts';

/** Waits that an `AbortSignal` ends, and that remove their listener from it. */

/** Resolves after `durationMs` of the given clock, or as soon as the signal aborts; never rejects. */
export function pause(clock: Clock, durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      cancelWake();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancelWake = clock.wakeAt(clock.nowMs() + durationMs, end);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** As `work`, but rejects with the signal's reason if the signal aborts first or has aborted. `work` itself goes on. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/**
 * Runs `work` with a signal that aborts with the reason of the first of `signals` that aborts. Use it instead of
 * `AbortSignal.any`, which holds its sources weakly: in Node 20 and 22 an `AbortSignal.timeout` that nothing else
 * refers to is collected as garbage before it fires, and the work never ends.
 */
export async function withFirstOf<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const sources = signals.filter((signal) => signal !== undefined);
  const first = new AbortController();
  const onAbort = (): void => first.abort(sources.find(({ aborted }) => aborted)?.reason);
  if (sources.some(({ aborted }) => aborted)) onAbort();
  // Node keeps a signal that has a listener.
  for (const source of sources) source.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(first.signal);
  } finally {
    for (const source of sources) source.removeEventListener('abort', onAbort);
  }
}
