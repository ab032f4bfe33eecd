import type { Command } from '../store/commands.ts';
import { type Applied, type Snapshot, Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { Watches, type WatchesOptions } from './watches.ts';

/** The state machine behind a log: the store, and those who wait for it to change. */
export class WatchedStore {
  readonly watches: Watches;
  #store = new Store();

  constructor(options: WatchesOptions) {
    this.watches = new Watches(options);
  }

  get tables(): Tables {
    return this.#store.tables;
  }

  /** The log index of the last command. */
  get index(): number {
    return this.#store.index;
  }

  /** Applies one command. Callers that wait are answered by `flush`, once for a batch. */
  apply(index: number, command: Command): Applied {
    const applied = this.#store.apply(index, command);
    this.watches.publish(applied.topics);
    return applied;
  }

  flush(): void {
    this.watches.flush();
  }

  snapshot(): Snapshot {
    return this.#store.snapshot();
  }

  /** Puts another state in the place of this one, and answers all who wait. */
  restore(snapshot: Snapshot): void {
    this.#store = new Store(snapshot);
    this.watches.replaced();
  }
}
