import type { AgentLogger } from '../ports.ts';

/** Who wants to know of changes, by the id of the service. */
export class ChangeListeners {
  readonly #log: AgentLogger;
  readonly #byService = new Map<string, Set<() => void>>();

  constructor(log: AgentLogger) {
    this.#log = log;
  }

  /** Returns the unsubscribe. */
  add(serviceId: string, listener: () => void): () => void {
    // The same function may be added twice.
    const own = (): void => listener();
    const listeners = this.#byService.get(serviceId) ?? new Set();
    this.#byService.set(serviceId, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#byService.get(serviceId) === listeners) {
        this.#byService.delete(serviceId);
      }
    };
  }

  notify(serviceId: string): void {
    for (const listener of [...(this.#byService.get(serviceId) ?? [])]) {
      try {
        listener();
      } catch (error) {
        this.#log.error({ service: serviceId, err: error }, 'A listener for changes of a service threw');
      }
    }
  }
}
