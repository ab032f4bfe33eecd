import { gossipEventTypes } from '../events.ts';
import type { Gossip } from '../gossip.ts';
import { listenerFailed } from '../pool/event-hub.ts';
import type { Clock, Logger } from '../ports.ts';
import type { PoolEvent } from './cluster-interface.ts';
import { History } from './history.ts';

/** Records the history of a pool, calls the listeners of the whole pool, and keeps the first error that a listener threw. */
export class EventRecorder {
  readonly #clock: Clock;
  readonly #trace: ((line: string) => void) | undefined;
  readonly #history: History;
  readonly #listeners = new Set<{ readonly listener: (seen: PoolEvent) => unknown }>();
  #thrown: { readonly error: unknown } | undefined;

  constructor(clock: Clock, trace: ((line: string) => void) | undefined) {
    this.#clock = clock;
    this.#trace = trace;
    this.#history = new History(trace);
  }

  /** Starts the history anew: how the pool was started is no part of it. */
  begin(text: string): void {
    this.#history.clear();
    this.note(text);
  }

  /** Adds an action of the scenario. */
  note(text: string): void {
    this.#history.add(this.#clock.nowMs(), undefined, text);
  }

  /** Writes one transfer to the trace, if there is one. */
  noteTransfer(text: string): void {
    this.#trace?.(`${this.#clock.nowMs().toFixed(1).padStart(10)} ms  ${text}`);
  }

  /** Records one instance of a member, from before its first event. */
  watch(gossip: Gossip): void {
    const observer = gossip.name;
    for (const type of gossipEventTypes) {
      gossip.on(type, (event) => {
        const atMs = this.#clock.nowMs();
        this.#history.add(atMs, observer, event);
        const results = [...this.#listeners].map(({ listener }) =>
          listener({ atMs, observer, gossip, event }),
        );
        // The event hub awaits the returned promise, so that a rejection counts as an error of the listener.
        return results.some((result) => result !== undefined) ? Promise.all(results) : undefined;
      });
    }
  }

  onEvent(listener: (seen: PoolEvent) => unknown): () => void {
    const entry = { listener };
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  /** A logger that adds lines of `info` and above to the history, and passes all lines to the given logger. */
  loggerOf(name: string, given: Logger | undefined): Logger {
    const keep = (fields: object, message: string): void =>
      this.#history.add(this.#clock.nowMs(), name, { type: 'log', message, fields });
    return {
      error: (fields, message) => {
        // A real member goes on after a listener threw; a simulation ends with the error.
        if (message === listenerFailed && 'err' in fields) this.#thrown ??= { error: fields.err };
        keep(fields, message);
        given?.error(fields, message);
      },
      warn: (fields, message) => {
        keep(fields, message);
        given?.warn(fields, message);
      },
      info: (fields, message) => {
        keep(fields, message);
        given?.info(fields, message);
      },
      debug: (fields, message) => given?.debug(fields, message),
      trace: (fields, message) => given?.trace(fields, message),
    };
  }

  /** @throws the first error that a listener threw since the last call. */
  rethrow(): void {
    if (this.#thrown === undefined) return;
    const { error } = this.#thrown;
    this.#thrown = undefined;
    throw error;
  }

  lines(): readonly string[] {
    return this.#history.lines();
  }
}
