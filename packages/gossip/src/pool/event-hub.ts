import type { GossipEvent, GossipEventOf, GossipEventType } from '../events.ts';
import type { Logger } from '../ports.ts';

/** Unread events an iterator keeps; a reader that is further behind loses the oldest. */
const unreadMax = 1024;

/** Hands events to listeners and iterators. One that fails or is slow does not disturb the others. */
export class EventHub {
  readonly #logger: Logger;
  readonly #listeners = new Map<GossipEventType, Set<(event: never) => void>>();
  readonly #readers = new Set<EventReader>();
  #droppedCount = 0;
  #isClosed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Events that slow iterators lost. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  on<T extends GossipEventType>(type: T, listener: (event: GossipEventOf<T>) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    // A wrapper of its own, so that one function registered twice is called twice and removed once.
    const entry = (event: GossipEventOf<T>): void => listener(event);
    listeners.add(entry);
    return () => listeners.delete(entry);
  }

  events(signal: AbortSignal | undefined): AsyncIterableIterator<GossipEvent> {
    const onAbort = (): void => reader.end();
    const reader = new EventReader(() => {
      this.#readers.delete(reader);
      // A signal may live as long as the process; what has ended must not stay tied to it.
      signal?.removeEventListener('abort', onAbort);
    });
    if (this.#isClosed || signal?.aborted) {
      reader.end();
    } else {
      this.#readers.add(reader);
      signal?.addEventListener('abort', onAbort, { once: true });
    }
    return reader;
  }

  emit(event: GossipEvent): void {
    // A copy: a listener that is added by another one begins with the next event.
    for (const listener of [...(this.#listeners.get(event.type) ?? [])]) {
      try {
        (listener as (event: GossipEvent) => void)(event);
      } catch (error) {
        this.#logger.error({ err: error, event: event.type }, 'an event listener threw');
      }
    }
    for (const reader of this.#readers) if (reader.push(event) === 'dropped-oldest') this.#droppedCount += 1;
  }

  /** Ends every iterator once it has been read empty. */
  close(): void {
    this.#isClosed = true;
    for (const reader of [...this.#readers]) reader.end();
    this.#listeners.clear();
  }
}

class EventReader implements AsyncIterableIterator<GossipEvent> {
  readonly #forget: () => void;
  readonly #unread: GossipEvent[] = [];
  readonly #waiting: ((result: IteratorResult<GossipEvent, undefined>) => void)[] = [];
  #isEnded = false;

  constructor(forget: () => void) {
    this.#forget = forget;
  }

  push(event: GossipEvent): 'kept' | 'dropped-oldest' {
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

  end(): void {
    this.#isEnded = true;
    this.#forget();
    for (const waiting of this.#waiting.splice(0)) waiting({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<GossipEvent, undefined>> {
    const event = this.#unread.shift();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    if (this.#isEnded) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<GossipEvent, undefined>> {
    this.#unread.length = 0;
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<GossipEvent> {
    return this;
  }
}
