import { mkdir } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { EntryId, HardState, LogEntry, LogStore } from '../log/log-store.ts';
import { lmdbFileProblem } from './check-lmdb-file.ts';
import { onDisk } from './disk-error.ts';
import type { WorkerOpened, WorkerTask } from './lmdb-messages.ts';
import { indexOfKey } from './log-layout.ts';
import { faultOf, ThreadCalls, unusable } from './thread-calls.ts';

/** Sources of this file run from `src` in tests; a worker is always the built program. */
const program = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/io/lmdb-worker.js' : './lmdb-worker.js',
  import.meta.url,
);

/** What npm leaves out on a platform without a prebuilt binary. */
const missingText = 'a server that keeps its state needs the package lmdb, which is not installed here';

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}

/** Entries that one transaction removes: writes wait for it. */
const removedEach = 1024;

const start: EntryId = { index: 0, term: 0 };

/** The log in an LMDB environment, which a thread of its own works on. */
export class LmdbLogStore implements LogStore {
  readonly #thread: ThreadCalls<WorkerTask>;
  #firstIndex = 1;
  #last: EntryId = start;
  #hardState: HardState = { currentTerm: 0, votedFor: '' };

  private constructor(path: string) {
    const explain = (error: unknown) => (isMissing(error) ? missingText : faultOf(error));
    this.#thread = new ThreadCalls(new Worker(program, { workerData: { path } }), explain);
  }

  /**
   * Opens the log in a folder, which is made when it is missing.
   * @throws CatalogError CATALOG_DISK when it cannot be opened, or is of another version.
   */
  static async open(path: string): Promise<LmdbLogStore> {
    const problem = await onDisk('the log cannot be used', async () => {
      await mkdir(path, { recursive: true });
      return lmdbFileProblem(path);
    });
    if (problem !== undefined) throw unusable(problem);
    const store = new LmdbLogStore(path);
    try {
      store.#take((await store.#thread.ask({ kind: 'open' })) as WorkerOpened);
      return store;
    } catch (error) {
      await store.#thread.terminate();
      throw error;
    }
  }

  get firstIndex(): number {
    return this.#firstIndex;
  }

  get last(): EntryId {
    return this.#last;
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    const last = entries.at(-1);
    if (last === undefined) return;
    const previous = this.#last;
    if (entries[0]?.index !== previous.index + 1) {
      throw new RangeError(`entry ${entries[0]?.index} follows entry ${previous.index}`);
    }
    // The next call may come before this one is on disk.
    this.#last = { index: last.index, term: last.term };
    await this.#thread.ask({ kind: 'append', entries });
  }

  async truncateAfter(index: number): Promise<void> {
    const { index: to } = this.#last;
    if (index >= to) return;
    const [entry] = await this.read(index, 1);
    await this.#thread.ask({ kind: 'remove', from: index + 1, to, base: undefined });
    this.#last = entry === undefined ? start : { index, term: entry.term };
  }

  async compact(upTo: EntryId): Promise<void> {
    // A crash between two steps leaves a log that begins later than before, as a compaction makes it.
    while (this.#firstIndex <= upTo.index) {
      const from = this.#firstIndex;
      const next = from + removedEach - 1;
      const isLast = next >= Math.min(upTo.index, this.#last.index);
      const to = isLast ? upTo.index : next;
      // The base counts where no entry is left.
      const base = isLast ? JSON.stringify(upTo) : undefined;
      await this.#thread.ask({ kind: 'remove', from, to, base });
      this.#firstIndex = Math.max(this.#firstIndex, to + 1);
    }
    if (this.#last.index < upTo.index) this.#last = { index: upTo.index, term: upTo.term };
  }

  async setHardState(state: HardState): Promise<void> {
    await this.#thread.ask({ kind: 'hard-state', text: JSON.stringify(state) });
    this.#hardState = state;
  }

  async read(from: number, countMax: number): Promise<readonly LogEntry[]> {
    return (await this.#thread.ask({ kind: 'read', from, countMax })) as readonly LogEntry[];
  }

  onEnd(listener: (error: unknown) => void): void {
    this.#thread.onEnd(listener);
  }

  close(): Promise<void> {
    return this.#thread.close({ kind: 'close' });
  }

  #take({ firstKey, last, hardState, base }: WorkerOpened): void {
    const compacted = base === undefined ? start : (JSON.parse(base) as EntryId);
    this.#firstIndex = firstKey === undefined ? compacted.index + 1 : indexOfKey(firstKey);
    this.#last = last === undefined ? compacted : { index: last.index, term: last.term };
    if (hardState !== undefined) this.#hardState = JSON.parse(hardState) as HardState;
  }
}
