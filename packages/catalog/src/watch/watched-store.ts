import { type Command, isLarge } from '../store/commands.ts';
import { type Applied, type Snapshot, Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { LockDelays } from './lock-delays.ts';
import { TimeSlice } from './time-slice.ts';
import { Watches, type WatchesOptions } from './watches.ts';

/** The topics of a command with tens of thousands of rows are published in so long, and at once with showing what it did. */
const publishMs = 9;

/** The state machine behind a log: the store, and those who wait for it to change. */
export class WatchedStore {
  readonly watches: Watches;
  /** Keys that sessions have just lost. */
  readonly lockDelays: LockDelays;
  readonly #slice: TimeSlice;
  #store = new Store();

  constructor(options: WatchesOptions) {
    this.watches = new Watches(options);
    this.lockDelays = new LockDelays(options.clock);
    this.#slice = new TimeSlice(options.clock);
  }

  get tables(): Tables {
    return this.#store.tables;
  }

  /** The log index of the last command. */
  get index(): number {
    return this.#store.index;
  }

  beginTurn(): void {
    this.#slice.begin();
  }

  endOfTurn(): Promise<void> | undefined {
    return this.#slice.next();
  }

  /** Applies one command at once. Callers that wait are answered by `flush`, once for a batch. */
  apply(index: number, command: Command): Applied {
    return this.#publish(this.#store.apply(index, command));
  }

  /**
   * As `apply`, but a large command is applied in several turns of the event loop, in which queries find the state before
   * it. No other command may be applied meanwhile.
   */
  applyInTurns(index: number, command: Command): Applied | Promise<Applied> {
    return isLarge(this.tables, command) ? this.#inTurns(index, command) : this.apply(index, command);
  }

  async #inTurns(index: number, command: Command): Promise<Applied> {
    const steps = this.#store.applyInSteps(index, command);
    let step = steps.next();
    while (step.done !== true) {
      const end = this.#slice.next(step.value === 'done' ? publishMs : 0);
      if (end !== undefined) await end;
      step = steps.next();
    }
    return this.#publish(step.value);
  }

  #publish(applied: Applied): Applied {
    this.lockDelays.add(applied.lockDelays);
    this.watches.publish(applied.topics);
    return applied;
  }

  flush(): void {
    this.watches.flush(this.#slice.endMs());
  }

  snapshot(): Snapshot {
    return this.#store.snapshot();
  }

  /** Puts another state in the place of this one, and answers all who wait. The snapshot must not be used after that. */
  restore(snapshot: Snapshot): void {
    this.#store = new Store(snapshot, true);
    this.lockDelays.clear();
    this.watches.replaced();
  }
}
