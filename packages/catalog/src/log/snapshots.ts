import type { Clock } from '../ports.ts';
import type { Snapshot } from '../store/store.ts';
import type { StateMachine } from './command-log.ts';
import type { EntryId, LogStore, SnapshotSink, SnapshotStore } from './log-store.ts';
import type { Recovered } from './recover.ts';
import type { StateStream } from './state-stream.ts';

/** When the log is replaced by a snapshot. Sources: Consul's raft_snapshot_threshold, _interval, raft_trailing_logs. */
export interface SnapshotPolicy {
  /** Entries after the last snapshot. Default 16,384. */
  readonly threshold: number;
  /** Time between two snapshots in ms. Default 30,000. */
  readonly intervalMs: number;
  /** Entries that stay in the log, for servers that are a little behind. Default 10,240. */
  readonly trailing: number;
}

const defaultPolicy: SnapshotPolicy = { threshold: 16_384, intervalMs: 30_000, trailing: 10_240 };

/** What taking snapshots needs. */
export interface SnapshotsParts {
  readonly machine: Pick<StateMachine, 'snapshot' | 'endOfTurn'>;
  readonly store: LogStore;
  readonly snapshots: SnapshotStore;
  readonly stream: StateStream;
  readonly clock: Clock;
  readonly policy?: Partial<SnapshotPolicy>;
  readonly recovered: Recovered;
  /** Told when the log cannot be shortened, and so cannot be used. */
  readonly onFailure: (error: unknown) => void;
  readonly onSnapshot: (event: { readonly index: number; readonly problem: string | undefined }) => void;
}

/** The newest may be found to be broken: then the one before it serves. */
const keptCount = 2;

/** A snapshot that could not be written: it has no name, and nothing has changed. */
export class UnfinishedSnapshot extends Error {
  override readonly name = 'UnfinishedSnapshot';
}

async function unfinished<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (cause) {
    throw new UnfinishedSnapshot(messageOf(cause), { cause });
  }
}

/** Removes what was written. Resolves with what to throw: `error`, and what kept it from being removed. */
async function abandon(sink: SnapshotSink, error: unknown): Promise<unknown> {
  try {
    await sink.abort();
    return error;
  } catch (left) {
    const text = `${messageOf(error)}; what was written of it is left: ${messageOf(left)}`;
    const options = { cause: error };
    return error instanceof UnfinishedSnapshot
      ? new UnfinishedSnapshot(text, options)
      : new Error(text, options);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Takes snapshots beside the writes, and shortens the log after each. */
export class Snapshots {
  readonly #parts: SnapshotsParts;
  readonly #policy: SnapshotPolicy;
  #last: EntryId;
  #lastMs: number;
  #taking: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: SnapshotsParts) {
    this.#parts = parts;
    this.#policy = { ...defaultPolicy, ...parts.policy };
    this.#last = parts.recovered.snapshot;
    this.#lastMs = parts.clock.nowMs();
  }

  /** To be called when a batch is applied, with the last entry that the machine's state contains. */
  afterBatch(at: EntryId): void {
    if (this.#taking !== undefined || this.#isClosed) return;
    const isDue =
      at.index - this.#last.index >= this.#policy.threshold &&
      this.#parts.clock.nowMs() - this.#lastMs >= this.#policy.intervalMs;
    if (!isDue) return;
    const snapshot = this.#parts.machine.snapshot();
    this.#taking = this.#take(at, snapshot).finally(() => {
      this.#taking = undefined;
    });
  }

  /** Writes a state as the newest snapshot. */
  async save(at: EntryId, snapshot: Snapshot): Promise<void> {
    const { snapshots, stream } = this.#parts;
    const sink = await unfinished(snapshots.create({ ...at, configuration: new Uint8Array(0) }));
    try {
      for (const piece of stream.write(snapshot)) {
        await unfinished(sink.write(piece));
        await this.#parts.machine.endOfTurn();
      }
      await sink.commit();
    } catch (error) {
      // What is left of it would take as much room as the state.
      throw await abandon(sink, error);
    }
  }

  /** Resolves when the snapshot under way is complete. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#taking;
  }

  async #take(at: EntryId, snapshot: Snapshot): Promise<void> {
    const { clock, onSnapshot, snapshots, recovered } = this.#parts;
    try {
      await this.save(at, snapshot);
      await snapshots.keepNewest(keptCount, recovered.broken);
      this.#last = at;
      // The older of the two snapshots must reach the log as well.
      const [, older] = await snapshots.list();
      await this.#compact(Math.min(at.index - this.#policy.trailing, older?.index ?? 0));
      onSnapshot({ index: at.index, problem: undefined });
    } catch (error) {
      onSnapshot({ index: at.index, problem: String(error) });
    } finally {
      this.#lastMs = clock.nowMs();
    }
  }

  async #compact(upTo: number): Promise<void> {
    const { store, onFailure } = this.#parts;
    if (upTo < store.firstIndex) return;
    try {
      const [entry] = await store.read(upTo, 1);
      if (entry !== undefined) await store.compact({ index: upTo, term: entry.term });
    } catch (error) {
      onFailure(error);
    }
  }
}
