import { CatalogError } from '../errors.ts';
import type {
  EntryId,
  HardState,
  LogEntry,
  LogStore,
  SnapshotMeta,
  SnapshotSink,
  SnapshotStore,
} from '../log/log-store.ts';

/** A disk that loses its power. */
export class PowerFailure extends Error {
  override readonly name = 'PowerFailure';
}

interface StoredSnapshot {
  readonly meta: SnapshotMeta;
  readonly pieces: readonly Uint8Array[];
  /** Whether what was written is what is there. */
  readonly isWhole: boolean;
}

interface LogContent {
  readonly entries: readonly LogEntry[];
  readonly base: EntryId;
  readonly hardState: HardState;
}

/** When the power fails, and what is left of the write that was under way. */
export interface PowerPlan {
  /** The write, counted from 1, at which the power fails; never without. */
  readonly failsAtWrite?: number;
  /** Whether that write reached the disk all the same, unanswered. */
  readonly isLastWritten?: boolean;
}

/**
 * The log and the snapshots of a server on a disk of a test, which fails at a chosen write: from then on every call
 * rejects with PowerFailure. What was answered before is there after `restart`; the write under way is there as a whole or
 * not at all, as LMDB has it, and a snapshot that was not committed has no name.
 */
export class SimulatedDisk {
  #log: LogContent = {
    entries: [],
    base: { index: 0, term: 0 },
    hardState: { currentTerm: 0, votedFor: '' },
  };
  #snapshots: readonly StoredSnapshot[] = [];
  #plan: PowerPlan = {};
  #writesCount = 0;
  #isOff = false;
  /** Why the log can be used no more, whatever the disk does. */
  #logEnd: { readonly error: Error } | undefined;
  readonly #onLogEnd = new Set<(error: Error) => void>();

  /** How many writes were asked for since the last start. */
  get writesCount(): number {
    return this.#writesCount;
  }

  get isOff(): boolean {
    return this.#isOff;
  }

  /** Gives power back; stores from before must not be used any more. */
  restart(plan: PowerPlan = {}): void {
    this.#plan = plan;
    this.#writesCount = 0;
    this.#isOff = false;
    this.#logEnd = undefined;
    this.#onLogEnd.clear();
  }

  /** Ends the log as the death of its thread does. Snapshots can still be written. */
  endLog(error: Error): void {
    this.#logEnd = { error };
    for (const tell of this.#onLogEnd) tell(error);
  }

  /** Damages the content of the newest snapshot, as bad blocks do. */
  tearNewestSnapshot(): void {
    const [newest, ...older] = this.#snapshots;
    if (newest !== undefined) this.#snapshots = [{ ...newest, isWhole: false }, ...older];
  }

  /** Opens the log. */
  log(): LogStore {
    return new SimulatedLogStore({
      read: () => this.#log,
      write: async (next) => {
        if (this.#logEnd !== undefined) throw this.#logEnd.error;
        await this.#write(() => {
          this.#log = next();
        });
      },
      onEnd: (listener) => {
        if (this.#logEnd === undefined) this.#onLogEnd.add(listener);
        else listener(this.#logEnd.error);
      },
    });
  }

  /** Opens the snapshots. */
  snapshots(): SnapshotStore {
    return {
      list: async () => this.#snapshots.map(({ meta }) => meta),
      create: async (meta) => this.#sink(meta),
      open: (id) => this.#read(id),
      keepNewest: (count, broken) =>
        this.#write(() => {
          const isBroken = ({ meta }: StoredSnapshot) => broken.some(({ index }) => index === meta.index);
          const whole = this.#snapshots.filter((snapshot) => !isBroken(snapshot));
          if (whole.length > 0) this.#snapshots = whole.slice(0, count);
        }),
    };
  }

  #sink(meta: SnapshotMeta): SnapshotSink {
    const pieces: Uint8Array[] = [];
    return {
      // What is not committed has no name, so that it does not matter how much of it is written.
      write: (chunk) => this.#write(() => pieces.push(chunk)),
      commit: () =>
        this.#write(() => {
          const others = this.#snapshots.filter(({ meta: { index } }) => index !== meta.index);
          const all = [...others, { meta, pieces, isWhole: true }];
          this.#snapshots = all.sort((a, b) => b.meta.index - a.meta.index);
        }),
      abort: async () => undefined,
    };
  }

  async *#read({ index }: EntryId): AsyncGenerator<Uint8Array> {
    const found = this.#snapshots.find(({ meta }) => meta.index === index);
    yield* found?.pieces ?? [];
    if (found?.isWhole !== true) {
      throw new CatalogError('CATALOG_SNAPSHOT', 'the snapshot is broken: its checksum is wrong');
    }
  }

  async #write(change: () => unknown): Promise<void> {
    if (this.#isOff) throw new PowerFailure('the power is off');
    this.#writesCount += 1;
    const { failsAtWrite, isLastWritten = false } = this.#plan;
    this.#isOff = this.#writesCount === failsAtWrite;
    if (!this.#isOff || isLastWritten) change();
    // Answers come in a later turn, as those of a disk do.
    await Promise.resolve();
    if (this.#isOff) throw new PowerFailure('the power has failed');
  }
}

interface LogAccess {
  readonly read: () => LogContent;
  readonly write: (next: () => LogContent) => Promise<void>;
  readonly onEnd: (listener: (error: Error) => void) => void;
}

class SimulatedLogStore implements LogStore {
  readonly #access: LogAccess;
  #last: EntryId;

  constructor(access: LogAccess) {
    this.#access = access;
    this.#last = lastOf(access.read());
  }

  get firstIndex(): number {
    const { entries, base } = this.#access.read();
    return entries[0]?.index ?? base.index + 1;
  }

  get last(): EntryId {
    return this.#last;
  }

  get hardState(): HardState {
    return this.#access.read().hardState;
  }

  append(added: readonly LogEntry[]): Promise<void> {
    const last = added.at(-1);
    if (last === undefined) return Promise.resolve();
    if (added[0]?.index !== this.#last.index + 1) {
      throw new RangeError(`entry ${added[0]?.index} follows entry ${this.#last.index}`);
    }
    this.#last = { index: last.index, term: last.term };
    return this.#change((content) => ({ ...content, entries: [...content.entries, ...added] }));
  }

  async truncateAfter(upTo: number): Promise<void> {
    await this.#change((content) => ({
      ...content,
      entries: content.entries.filter(({ index }) => index <= upTo),
    }));
    this.#last = lastOf(this.#access.read());
  }

  async compact(upTo: EntryId): Promise<void> {
    await this.#change((content) => ({
      ...content,
      base: upTo,
      entries: content.entries.filter(({ index }) => index > upTo.index),
    }));
    this.#last = lastOf(this.#access.read());
  }

  setHardState(hardState: HardState): Promise<void> {
    return this.#change((content) => ({ ...content, hardState }));
  }

  async read(from: number, countMax: number): Promise<readonly LogEntry[]> {
    return this.#access
      .read()
      .entries.filter(({ index }) => index >= from)
      .slice(0, countMax);
  }

  onEnd(listener: (error: Error) => void): void {
    this.#access.onEnd(listener);
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  #change(change: (content: LogContent) => LogContent): Promise<void> {
    return this.#access.write(() => change(this.#access.read()));
  }
}

function lastOf({ entries, base }: LogContent): EntryId {
  const last = entries.at(-1);
  return last === undefined ? base : { index: last.index, term: last.term };
}
