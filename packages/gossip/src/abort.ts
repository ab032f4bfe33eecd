/**
 * Runs `work` with a signal that aborts as soon as one of these does, with its reason. A replacement for
 * `AbortSignal.any`, which refers to its sources weakly: in Node 20 and 22 an `AbortSignal.timeout` that nothing else
 * holds is collected as garbage before it fires, and the wait that it should end never ends.
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
