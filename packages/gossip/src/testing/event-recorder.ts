import { gossipEventTypes } from '../events.ts';
import type { Gossip } from '../gossip.ts';
import { listenerFailed } from '../pool/event-hub.ts';
import type { Clock, Logger } from '../ports.ts';
import type { PoolEvent } from './cluster-interface.ts';
import { History } from './history.ts';

/** Sees everything that happens in a pool: keeps its history, tells those who ask, and notices what threw. */
export class EventRecorder {
  readonly #clock: Clock;
  readonly #trace: ((line: string) => void) | undefined;
  readonly #history: History;
  readonly #listeners = new Set<{ readonly tell: (seen: PoolEvent) => unknown }>();
  #thrown: { readonly error: unknown } | undefined;

  constructor(clock: Clock, trace: ((line: string) => void) | undefined) {
    this.#clock = clock;
    this.#trace = trace;
    this.#history = new History(trace);
  }

  /** The pool is there: how it came about is no part of the history. */
  begin(text: string): void {
    this.#history.clear();
    this.note(text);
  }

  /** What the scenario does to the pool. */
  note(text: string): void {
    this.#history.add(this.#clock.nowMs(), undefined, text);
  }

  /** One transfer in words; of use only when the pool is traced. */
  noteTransfer(text: string): void {
    this.#trace?.(`${this.#clock.nowMs().toFixed(1).padStart(10)} ms  ${text}`);
  }

  /** Watches one life of a member, from before its first event. */
  watch(gossip: Gossip): void {
    const observer = gossip.name;
    for (const type of gossipEventTypes) {
      gossip.on(type, (event) => {
        const atMs = this.#clock.nowMs();
        this.#history.add(atMs, observer, event);
        const results = [...this.#listeners].map(({ tell }) => tell({ atMs, observer, gossip, event }));
        // What is returned reaches the event hub, so that a rejection counts as what a listener threw.
        return results.some((result) => result !== undefined) ? Promise.all(results) : undefined;
      });
    }
  }

  onEvent(listener: (seen: PoolEvent) => unknown): () => void {
    const entry = { tell: listener };
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  /** A logger that also writes into the history; what is below `info` only goes on to the given one. */
  loggerOf(name: string, given: Logger | undefined): Logger {
    const keep = (fields: object, message: string): void =>
      this.#history.add(this.#clock.nowMs(), name, { type: 'log', message, fields });
    return {
      error: (fields, message) => {
        // With real members the others go on; in a test it is the result.
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

  /** @throws whatever a listener threw since the last call, once. */
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
