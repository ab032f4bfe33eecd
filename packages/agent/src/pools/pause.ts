import type { Clock } from '@hobnob/gossip';

/** Resolves after `durationMs`, or at once when `signal` aborts: the caller looks at the signal. */
export function pause(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.wakeAt(clock.nowMs() + durationMs, finish);
    signal.addEventListener('abort', finish, { once: true });
  });
}
