interface Waiting<Outcome> {
  resolve(outcome: Outcome): void;
  reject(reason: unknown): void;
}

/** Requests whose outcomes arrive under an id. Owns the id, the beginning and the promise of each. */
export class PendingRequests<Id extends number, Outcome> {
  readonly #newId: () => Id;
  readonly #waiting = new Map<Id, Waiting<Outcome>>();
  /** Why no request is begun any more; undefined while they are. */
  #closed: { readonly reason: unknown } | undefined;

  constructor(newId: () => Id) {
    this.#newId = newId;
  }

  /**
   * Calls `start` with a new id and waits for the outcome. Rejects with the signal's reason when it aborts, or with the
   * reason of `close`; an outcome that arrives later is ignored.
   */
  begin(start: (id: Id) => void, signal?: AbortSignal): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#closed !== undefined) return reject(this.#closed.reason);
      const id = this.#newId();
      const end = (act: () => void): void => {
        this.#waiting.delete(id);
        signal?.removeEventListener('abort', onAbort);
        act();
      };
      const onAbort = (): void => end(() => reject(signal?.reason));
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.set(id, {
        resolve: (outcome) => end(() => resolve(outcome)),
        reject: (reason) => end(() => reject(reason)),
      });
      start(id);
    });
  }

  /** Resolves the request of this id, if it still waits. */
  settle(id: Id, outcome: Outcome): void {
    this.#waiting.get(id)?.resolve(outcome);
  }

  /** Rejects the requests that wait, and all that are begun later. */
  close(reason: unknown): void {
    this.#closed ??= { reason };
    for (const waiting of [...this.#waiting.values()]) waiting.reject(reason);
  }
}
