import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Default 20 s. */
  readonly timeoutMs?: number;
  /** Default 50 ms. */
  readonly everyMs?: number;
  /** Added to the failure: what each peer saw and logged. */
  readonly explain?: () => Promise<string>;
}

/**
 * Asks again and again until `probe` answers something other than undefined or false, and returns that.
 * A probe that throws counts as "not yet"; its last error is part of the failure when the time is up.
 * @throws Error when it does not become true in time, naming `what`, the last error and the explanation.
 */
export async function waitUntil<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions = {},
): Promise<T> {
  const { timeoutMs = 20_000, everyMs = 50 } = options;
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    let lastError: unknown;
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadlineMs) {
      const explanation = (await options.explain?.()) ?? '';
      throw new Error(`not within ${timeoutMs} ms: ${what}\n${explanation}`, { cause: lastError });
    }
    await delay(everyMs);
  }
}
