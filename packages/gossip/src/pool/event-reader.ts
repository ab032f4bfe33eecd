/** The unread events that an iterator buffers; beyond these it drops the oldest. */
const unreadMax = 1024;

/** Buffers the events from now on until one reader has read them, up to a bound. */
export class EventReader<T> implements AsyncIterableIterator<T> {
  readonly #onEnd: () => void;
  readonly #unread: T[] = [];
  readonly #waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];
  #isEnded = false;

  /** @param onEnd called when the reader takes no more events. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  push(event: T): 'buffered' | 'dropped-oldest' {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting({ value: event, done: false });
      return 'buffered';
    }
    this.#unread.push(event);
    if (this.#unread.length <= unreadMax) return 'buffered';
    this.#unread.shift();
    return 'dropped-oldest';
  }

  /** Takes no more events. Unread ones can still be read. */
  end(): void {
    this.#isEnded = true;
    this.#onEnd();
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

  /** Ends the reader and rejects with the consumer's error, as a generator does. */
  throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#unread.length = 0;
    this.end();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this;
  }
}
