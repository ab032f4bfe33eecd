import { type Command, execute } from './commands.ts';
import { cloneTables, emptyTables, type Tables } from './tables.ts';
import type { Topic } from './topics.ts';
import { CommandRefused, Transaction } from './transaction.ts';

/** What a command did. */
export interface Applied {
  /** Why the state did not allow the command, in Consul's words; nothing has changed then. */
  readonly error: string | undefined;
  /** What changed, for those who wait and for kept answers. */
  readonly topics: ReadonlySet<Topic>;
}

/** The state at one moment. It stays what it is while the store goes on. */
export interface Snapshot {
  /** The log index of the last command in it. */
  readonly index: number;
  readonly tables: Tables;
}

/** The state that the log's commands add up to. The same commands make the same state on every server. */
export class Store {
  readonly #tables: Tables;
  #index: number;

  constructor(snapshot: Snapshot = { index: 0, tables: emptyTables() }) {
    this.#tables = cloneTables(snapshot.tables);
    this.#index = snapshot.index;
  }

  /** The log index of the last command. */
  get index(): number {
    return this.#index;
  }

  /** What queries read. Only `apply` changes it, and only between two calls. */
  get tables(): Tables {
    return this.#tables;
  }

  /** The one door for change. `index` is the command's place in the log, and grows from call to call. */
  apply(index: number, command: Command): Applied {
    if (index <= this.#index) throw new RangeError(`log index ${index} follows ${this.#index}`);
    const tx = new Transaction(this.#tables, index);
    this.#index = index;
    try {
      execute(tx, command);
      return { error: undefined, topics: tx.topics };
    } catch (error) {
      tx.rollBack();
      if (!(error instanceof CommandRefused)) throw error;
      return { error: error.message, topics: tx.topics };
    }
  }

  /** Costs the same for any size, and keeps nobody from writing. */
  snapshot(): Snapshot {
    return { index: this.#index, tables: cloneTables(this.#tables) };
  }
}
