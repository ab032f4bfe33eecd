import type { UserEventRecord } from '@hobnob/catalog/records';
import type { Clock } from '@hobnob/gossip';
import type { EventList, EventWait } from '../agent-port.ts';
import { AgentError } from '../errors.ts';
import { eventIndex } from './consul-event.ts';

/** As many as Consul keeps. Source: Consul agent/agent.go, eventBuf. */
const eventsMax = 256;
/**
 * A waiting request holds a connection. Connections are limited per address; clients with many addresses meet this
 * limit.
 */
const waitersMax = 1_024;
/** X-Consul-Index of an empty list. */
const emptyIndex = 1n;

interface Waiter {
  readonly name: string;
  readonly wake: () => void;
}

/** The last events that were for this agent, and the requests that wait for the next one. */
export class EventLog {
  readonly #clock: Clock;
  /** By ascending Lamport time; equal times in the order of arrival. */
  readonly #events: UserEventRecord[] = [];
  readonly #waiters = new Set<Waiter>();
  #isClosed = false;

  /** Waiting requests are answered once `closing` is aborted. */
  constructor(clock: Clock, closing: AbortSignal) {
    this.#clock = clock;
    const close = (): void => {
      this.#isClosed = true;
      for (const { wake } of this.#waiters) wake();
    };
    if (closing.aborted) close();
    else closing.addEventListener('abort', close, { once: true });
  }

  get waitersCount(): number {
    return this.#waiters.size;
  }

  /** Inserts by Lamport time, so that the last of the list stays the newest. */
  add(event: UserEventRecord): void {
    const before = this.#events.findLastIndex(({ LTime }) => LTime <= event.LTime);
    this.#events.splice(before + 1, 0, event);
    if (this.#events.length > eventsMax) this.#events.shift();
    for (const { name, wake } of this.#waiters) {
      if (name === '' || name === event.Name) wake();
    }
  }

  /** The events of this name; '' means all. */
  list(name: string): EventList {
    const events = this.#events.filter((event) => name === '' || event.Name === name);
    const last = events.at(-1);
    return { events, index: last === undefined ? emptyIndex : eventIndex(last.ID) };
  }

  /**
   * The list as soon as its index differs from the given one; the same list when the time is over.
   * @throws AgentError AGENT_BUSY when too many wait.
   */
  async listAfter(name: string, wait: EventWait): Promise<EventList> {
    const found = this.list(name);
    if (found.index !== wait.index) return found;
    await this.#change(name, wait);
    return this.list(name);
  }

  #change(name: string, { timeoutMs, signal }: EventWait): Promise<void> {
    if (this.#isClosed || signal.aborted) return Promise.resolve();
    if (this.#waiters.size >= waitersMax) {
      throw new AgentError('AGENT_BUSY', `${waitersMax} requests wait for events already: try again later`);
    }
    return new Promise((resolve) => {
      const waiter: Waiter = {
        name,
        wake: () => {
          this.#waiters.delete(waiter);
          cancel();
          signal.removeEventListener('abort', waiter.wake);
          resolve();
        },
      };
      const cancel = this.#clock.wakeAt(this.#clock.nowMs() + timeoutMs, waiter.wake);
      signal.addEventListener('abort', waiter.wake, { once: true });
      this.#waiters.add(waiter);
    });
  }
}
