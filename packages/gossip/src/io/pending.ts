/** Promises that wait for a numbered answer. */
export class Pending<T> {
  readonly #waiting = new Map<number, { resolve(value: T): void; reject(reason: unknown): void }>();

  /**
   * The answer to `number`. An abort rejects with the signal's reason; the answer is then ignored.
   */
  wait(number: number, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const settle = (act: () => void): void => {
        this.#waiting.delete(number);
        signal?.removeEventListener('abort', onAbort);
        act();
      };
      const onAbort = (): void => settle(() => reject(signal?.reason));
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.set(number, {
        resolve: (value) => settle(() => resolve(value)),
        reject: (reason) => settle(() => reject(reason)),
      });
    });
  }

  /** Whether anybody waited for it. */
  answer(number: number, value: T): boolean {
    const waiting = this.#waiting.get(number);
    waiting?.resolve(value);
    return waiting !== undefined;
  }

  rejectAll(reason: unknown): void {
    for (const waiting of [...this.#waiting.values()]) waiting.reject(reason);
  }
}
