import { diagnostics } from '../diagnostics.ts';
import type {
  EventsOptions,
  GossipEvent,
  GossipEventOf,
  GossipEventType,
  GossipListener,
  ListenOptions,
  OnceOptions,
} from '../events.ts';
import type { CallbackErrors } from './callback-errors.ts';
import type { Checked } from './check-arguments.ts';
import { EventReader } from './event-reader.ts';

/** The log message for an error of a listener. */
export const listenerFailed = 'an event listener failed';

/** A registration: one function may be registered twice, and is then called twice and removed once. */
interface Entry {
  readonly call: (event: never) => unknown;
}

interface Reader {
  readonly accepts: (event: GossipEvent) => boolean;
  readonly reader: EventReader<GossipEvent>;
}

/** Delivers events to listeners and iterators. One that fails or is slow does not affect the others. */
export class EventHub {
  readonly #member: string;
  readonly #errors: CallbackErrors;
  readonly #listeners = new Map<GossipEventType, Set<Entry>>();
  readonly #readers = new Set<Reader>();
  /** Rejects a wait for a single event. */
  readonly #waiting = new Set<(reason: unknown) => void>();
  #droppedCount = 0;
  /** Why no more events come; undefined while the hub is open. */
  #endedBy: Error | undefined;

  constructor(member: string, errors: CallbackErrors) {
    this.#member = member;
    this.#errors = errors;
  }

  /** How many events slow iterators have lost. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  on<T extends GossipEventType>(
    type: T,
    listener: GossipListener<T>,
    { signal }: Checked<ListenOptions> = {},
  ): () => void {
    if (signal?.aborted || this.#endedBy !== undefined) return () => undefined;
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    const entry: Entry = { call: listener };
    listeners.add(entry);
    const remove = (): void => {
      listeners.delete(entry);
      // A signal may live as long as the process and must not hold a removed listener.
      signal?.removeEventListener('abort', remove);
    };
    signal?.addEventListener('abort', remove, { once: true });
    return remove;
  }

  once<T extends GossipEventType>(
    type: T,
    { name, signal }: Checked<OnceOptions> = {},
  ): Promise<GossipEventOf<T>> {
    const event = new Promise<GossipEventOf<T>>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#endedBy !== undefined) return reject(this.#endedBy);
      const settle = (act: () => void): void => {
        remove();
        this.#waiting.delete(end);
        signal?.removeEventListener('abort', onAbort);
        act();
      };
      const end = (reason: unknown): void => settle(() => reject(reason));
      const onAbort = (): void => end(signal?.reason);
      const remove = this.on(type, (candidate) => {
        if (isNamed(candidate, name)) settle(() => resolve(candidate));
      });
      this.#waiting.add(end);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
    // An unhandled rejection would end the process. A caller that awaits the promise still receives it.
    event.catch(() => undefined);
    return event;
  }

  events<T extends GossipEventType>({
    types,
    name,
    signal,
  }: Checked<EventsOptions<T>> = {}): AsyncIterableIterator<GossipEventOf<T>> {
    const wanted = types === undefined ? undefined : new Set<GossipEventType>(types);
    const accepts = (event: GossipEvent): boolean =>
      (wanted === undefined || wanted.has(event.type)) && isNamed(event, name);
    const onAbort = (): void => reader.end();
    const reader = new EventReader<GossipEvent>(() => {
      this.#readers.delete(entry);
      signal?.removeEventListener('abort', onAbort);
    });
    const entry: Reader = { accepts, reader };
    if (this.#endedBy !== undefined || signal?.aborted) {
      reader.end();
    } else {
      this.#readers.add(entry);
      signal?.addEventListener('abort', onAbort, { once: true });
    }
    // `accepts` lets only these types through.
    return reader as AsyncIterableIterator<GossipEvent> as AsyncIterableIterator<GossipEventOf<T>>;
  }

  emit(event: GossipEvent): void {
    const listeners = this.#listeners.get(event.type);
    // A copy: a listener that another one adds receives the next event first.
    for (const entry of [...(listeners ?? [])]) {
      // A listener that another one has removed is not called.
      if (listeners?.has(entry)) this.#call(entry, event);
    }
    for (const { accepts, reader } of [...this.#readers]) {
      if (accepts(event) && reader.push(event) === 'dropped-oldest') this.#droppedCount += 1;
    }
    if (diagnostics.event.hasSubscribers) diagnostics.event.publish({ member: this.#member, event });
  }

  /** Ends every iterator after its unread events, and rejects the waits for a single event. */
  close(reason: Error): void {
    if (this.#endedBy !== undefined) return;
    this.#endedBy = reason;
    for (const { reader } of [...this.#readers]) reader.end();
    for (const reject of [...this.#waiting]) reject(reason);
    for (const listeners of this.#listeners.values()) listeners.clear();
  }

  #call({ call }: Entry, event: GossipEvent): void {
    this.#errors.run(
      () => (call as (event: GossipEvent) => unknown)(event),
      (error) => this.#errors.report('listener', listenerFailed, { event: event.type }, error),
    );
  }
}

/** Whether an event has this name or is about a member that has it. Without a name every event matches. */
function isNamed(event: GossipEvent, name: string | undefined): boolean {
  if (name === undefined) return true;
  return 'members' in event ? event.members.some((member) => member.name === name) : event.name === name;
}
