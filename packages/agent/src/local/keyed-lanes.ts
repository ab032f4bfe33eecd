/** Does work with the same key one after the other, in the order of the calls; work with other keys goes on meanwhile. */
export class KeyedLanes {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Resolves with what `work` resolves with. */
  do<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const done = before === undefined ? work() : before.then(work, work);
    this.#last.set(key, done);
    const end = (): void => {
      if (this.#last.get(key) === done) this.#last.delete(key);
    };
    done.then(end, end);
    return done;
  }
}
