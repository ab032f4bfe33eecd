import { type Command, type CommandValue, execute } from './commands.ts';
import { cloneTables, emptyTables, type Tables } from './tables.ts';
import type { Topic } from './topics.ts';
import { CommandRefused, type LockDelay, type Steps, Transaction } from './transaction.ts';

/** What a command did. */
export interface Applied {
  /** Why the state did not allow the command, in Consul's words; nothing has changed then. */
  readonly error: string | undefined;
  /** What the command answers; undefined with an error. */
  readonly value: CommandValue;
  /** Keys that sessions lost, which may not be locked for a time from now on: for a clock to keep, outside of the state. */
  readonly lockDelays: readonly LockDelay[];
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
  /** What queries read while a large command is applied in steps. */
  #before: Tables | undefined;

  /** @param isOwned Whether nobody else uses the snapshot, so that it need not stay as it is. */
  constructor(snapshot: Snapshot = { index: 0, tables: emptyTables() }, isOwned = false) {
    this.#tables = isOwned ? snapshot.tables : cloneTables(snapshot.tables);
    this.#index = snapshot.index;
  }

  /** The log index of the last command. */
  get index(): number {
    return this.#index;
  }

  /** What queries read: the state after the last whole command. */
  get tables(): Tables {
    return this.#before ?? this.#tables;
  }

  /** The one door for change. `index` is the command's place in the log, and grows from call to call. */
  apply(index: number, command: Command): Applied {
    const steps = this.#execute(index, command);
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    this.#index = index;
    return step.value;
  }

  /**
   * As `apply`, for commands that may take long: until the last step `tables` and `index` are as they were. No other
   * command may begin before that. `done` comes before the last step, which shows what the others have done.
   */
  *applyInSteps(index: number, command: Command): Generator<'done' | undefined, Applied, undefined> {
    this.#before = cloneTables(this.#tables);
    try {
      const applied = yield* this.#execute(index, command);
      yield 'done';
      this.#index = index;
      return applied;
    } finally {
      this.#before = undefined;
    }
  }

  *#execute(index: number, command: Command): Steps<Applied> {
    if (index <= this.#index) throw new RangeError(`log index ${index} follows ${this.#index}`);
    const tx = new Transaction(this.#tables, index);
    let error: string | undefined;
    let value: CommandValue;
    try {
      value = yield* execute(tx, command);
    } catch (thrown) {
      yield* tx.rollBack();
      if (!(thrown instanceof CommandRefused)) throw thrown;
      error = thrown.message;
    }
    return { error, value, topics: tx.topics, lockDelays: tx.lockDelays };
  }

  /** Costs the same for any size, and keeps nobody from writing. */
  snapshot(): Snapshot {
    return { index: this.#index, tables: cloneTables(this.tables) };
  }
}
