/** Unread events an iterator keeps; a reader that is further behind loses the oldest. */
const unreadMax = 1024;

/** Events from now on, for one reader: kept until they are read, up to a bound. */
export class EventReader<T> implements AsyncIterableIterator<T> {
  readonly #forget: () => void;
  readonly #unread: T[] = [];
  readonly #waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];
  #isEnded = false;

  /** @param forget called when the reader takes no more events. */
  constructor(forget: () => void) {
    this.#forget = forget;
  }

  push(event: T): 'kept' | 'dropped-oldest' {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting({ value: event, done: false });
      return 'kept';
    }
    this.#unread.push(event);
    if (this.#unread.length <= unreadMax) return 'kept';
    this.#unread.shift();
    return 'dropped-oldest';
  }

  /** No more events come; those that are unread can still be read. */
  end(): void {
    this.#isEnded = true;
    this.#forget();
    for (const waiting of this.#waiting.splice(0)) waiting({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const event = this.#unread.shift();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    if (this.#isEnded) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#unread.length = 0;
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** The consumer failed: ends the reader and gives the error back to it, as a generator does. */
  throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#unread.length = 0;
    this.end();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this;
  }
}
