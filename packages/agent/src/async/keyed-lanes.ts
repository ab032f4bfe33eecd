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

  /**
   * Does work when the work before it has ended on all of the keys. They are taken in one order everywhere, so that no
   * two callers wait for each other; so `work` must not ask for lanes itself.
   */
  doAll<T>(keys: Iterable<string>, work: () => Promise<T>): Promise<T> {
    const inOrder = [...new Set(keys)].sort();
    return inOrder.reduceRight<() => Promise<T>>((inner, key) => () => this.do(key, inner), work)();
  }
}
