import type { Clock } from '../ports.ts';
import type { Command } from '../store/commands.ts';
import type { Applied, Snapshot } from '../store/store.ts';
import { applyBatch, type Pending } from './apply-batch.ts';
import { Backlog, type BacklogLimits } from './backlog.ts';
import type { CommandLog, Leadership, Outcome, StateMachine } from './command-log.ts';
import { Gathering } from './gathering.ts';
import type { EntryId, LogEntry, LogStore, SnapshotStore } from './log-store.ts';
import { encodeCommand } from './payload.ts';
import { type Recovered, recover } from './recover.ts';
import { type SnapshotPolicy, Snapshots, UnfinishedSnapshot } from './snapshots.ts';
import type { StateStream } from './state-stream.ts';

/** What a durable log of one server needs. */
export interface DurableLogOptions {
  readonly machine: StateMachine;
  readonly store: LogStore;
  readonly snapshots: SnapshotStore;
  readonly stream: StateStream;
  readonly clock: Clock;
  /** `host:port` of this server's RPC. */
  readonly address: string;
  readonly policy?: Partial<SnapshotPolicy>;
  /** Proposals that have no outcome yet; more are refused. Default 8192, of 128 MiB. */
  readonly backlog?: Partial<BacklogLimits>;
  /** Told once when the disk fails: nothing is acknowledged from then on. */
  readonly onFailure: (error: unknown) => void;
  /** Told what became of snapshots that the log takes by itself. */
  readonly onSnapshot: (event: SnapshotEvent) => void;
}

/** What became of a snapshot. */
export interface SnapshotEvent {
  readonly index: number;
  /** Why there is none; the log goes on growing until the next one. */
  readonly problem: string | undefined;
}

/** A command, and the entry's data that it becomes. */
interface Write {
  readonly command: Command;
  readonly data: Uint8Array;
}

/** A state that takes the place of the one of now. */
interface Restored {
  readonly restored: Snapshot;
}

interface Proposal {
  readonly work: Write | 'barrier' | Restored;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (fault: unknown) => void;
}

/** Some hundred milliseconds of work, and a part of the heap that a small server has. */
const defaultBacklog: BacklogLimits = { count: 8192, bytes: 128 * 1024 * 1024 };

/** So much is written with one sync at most. */
const batchCountMax = 512;
const batchBytesMax = 4 * 1024 * 1024;

/**
 * A log of one server on disk. A command is acknowledged when the entry that holds it is on disk and applied: proposals
 * that come while one sync runs share the next one. After the first error of the disk nothing is acknowledged any more.
 * ADR 0030.
 */
export class DurableLog implements CommandLog {
  readonly #options: DurableLogOptions;
  readonly #backlog: Backlog;
  readonly #snapshots: Snapshots;
  readonly #gathering: Gathering;
  readonly #term: number;
  #pending: Proposal[] = [];
  #writing: Promise<void> | undefined;
  /** Entries that are on disk are applied one batch after the other. */
  #applying: Promise<void> = Promise.resolve();
  #lastIndex: number;
  #appliedIndex: number;
  #isClosed = false;
  #failure: { readonly error: unknown } | undefined;

  private constructor(options: DurableLogOptions, at: EntryId, recovered: Recovered) {
    this.#options = options;
    this.#backlog = new Backlog({ ...defaultBacklog, ...options.backlog });
    this.#lastIndex = at.index;
    this.#appliedIndex = at.index;
    this.#term = at.term;
    this.#gathering = new Gathering(options.clock);
    options.store.onEnd((error) => this.#fail(error));
    this.#snapshots = new Snapshots({ ...options, recovered, onFailure: (error) => this.#fail(error) });
  }

  /**
   * Brings the machine to the state that the disk holds, and begins a term.
   * @throws CatalogError CATALOG_SNAPSHOT, CATALOG_LOG when what is there cannot be read; what the stores throw.
   */
  static async open(options: DurableLogOptions): Promise<DurableLog> {
    const { store } = options;
    const recovered = await recover(options);
    const term = store.hardState.currentTerm + 1;
    await store.setHardState({ currentTerm: term, votedFor: options.address });
    const index = store.last.index + 1;
    await store.append([{ index, term, kind: 'noop', data: new Uint8Array(0) }]);
    return new DurableLog(options, { index, term }, recovered);
  }

  get leadership(): Leadership {
    const isLeader = !this.#isClosed && this.#failure === undefined;
    return { isLeader, leaderAddress: isLeader ? this.#options.address : '', lastContactMs: 0 };
  }

  get peers(): readonly string[] {
    return [this.#options.address];
  }

  get applied(): EntryId {
    return { index: this.#appliedIndex, term: this.#term };
  }

  restore(snapshot: Snapshot): Promise<Outcome> {
    return this.#enqueue({ restored: snapshot });
  }

  /** Rejects alone what cannot be written. */
  async propose(command: Command): Promise<Outcome> {
    return this.#enqueue({ command, data: encodeCommand(command) });
  }

  async barrier(): Promise<boolean> {
    return (await this.#enqueue('barrier')).kind === 'applied';
  }

  verifyLeader(): boolean {
    return this.leadership.isLeader;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#gathering.stop();
    await this.#writing;
    await this.#applying;
    await this.#snapshots.close();
    await this.#options.store.close();
  }

  #enqueue(work: Proposal['work']): Promise<Outcome> {
    const bytes = typeof work === 'object' && 'data' in work ? work.data.length : 0;
    const reason =
      this.#failure !== undefined
        ? 'failed'
        : this.#isClosed
          ? 'closed'
          : this.#backlog.hasRoomFor(bytes)
            ? undefined
            : 'busy';
    if (reason !== undefined) return Promise.resolve({ kind: 'refused', reason });
    this.#backlog.added(bytes);
    return new Promise((resolve, reject) => {
      this.#pending.push({
        work,
        resolve: (outcome) => {
          this.#backlog.answered(bytes);
          resolve(outcome);
        },
        reject: (fault) => {
          this.#backlog.answered(bytes);
          reject(fault);
        },
      });
      this.#gathering.added(this.#pending.length);
      this.#writing ??= this.#write().catch((fault: unknown) => this.#fail(fault));
    });
  }

  /** Writes batch after batch. While the disk syncs one, what was synced before is applied, and the next one collects. */
  async #write(): Promise<void> {
    // What else is proposed in this turn joins the batch.
    await Promise.resolve();
    while (this.#pending.length > 0) {
      const [first] = this.#pending;
      if (this.#failure !== undefined) this.#refusePending();
      else if (isRestored(first?.work)) await this.#restoreFirst(first.work.restored);
      else await this.#writeBatch();
    }
    this.#writing = undefined;
  }

  async #writeBatch(): Promise<void> {
    if (!this.#isClosed) await this.#gathering.wait(this.#pending.length);
    const { batch, entries } = this.#takeBatch();
    try {
      if (entries.length > 0) await this.#append(entries, batch.length);
    } catch (error) {
      this.#fail(error);
      // Whether they are on disk is not known before the next start.
      for (const { resolve } of batch) resolve({ kind: 'unknown' });
      return;
    }
    const before = this.#applying;
    this.#applying = before
      .then(() => this.#apply(batch, entries))
      .catch((fault: unknown) => this.#fail(fault));
  }

  async #append(entries: readonly LogEntry[], batchCount: number): Promise<void> {
    const { store, clock } = this.#options;
    const startedAtMs = clock.nowMs();
    await store.append(entries);
    const tookMs = clock.nowMs() - startedAtMs;
    this.#gathering.synced({ tookMs, batchCount, pendingCount: this.#pending.length });
  }

  /** The state is on disk as a snapshot before the log is emptied: a crash between the two leaves the snapshot. */
  async #restoreFirst(restored: Snapshot): Promise<void> {
    const [proposal] = this.#pending.splice(0, 1);
    const { machine, store } = this.#options;
    await this.#applying;
    const index = Math.max(this.#lastIndex, restored.index) + 1;
    const at = { index, term: this.#term };
    try {
      await this.#snapshots.save(at, { ...restored, index });
    } catch (error) {
      // The snapshot has no name, or nobody knows: a start would find out. The log is as it was.
      proposal?.reject(error);
      if (!(error instanceof UnfinishedSnapshot)) this.#fail(error);
      return;
    }
    try {
      await store.compact(at);
    } catch (error) {
      this.#fail(error);
      proposal?.resolve({ kind: 'unknown' });
      return;
    }
    this.#lastIndex = index;
    this.#appliedIndex = index;
    machine.restore({ ...restored, index });
    machine.flush();
    proposal?.resolve({ kind: 'applied', index, error: undefined, value: undefined });
  }

  #takeBatch(): { readonly batch: readonly Proposal[]; readonly entries: readonly LogEntry[] } {
    const entries: LogEntry[] = [];
    let bytes = 0;
    let count = 0;
    for (const { work } of this.#pending) {
      if (count >= batchCountMax || bytes >= batchBytesMax || isRestored(work)) break;
      count += 1;
      if (work === 'barrier') continue;
      const { data } = work;
      bytes += data.length;
      this.#lastIndex += 1;
      entries.push({ index: this.#lastIndex, term: this.#term, kind: 'command', data });
    }
    return { batch: this.#pending.splice(0, count), entries };
  }

  async #apply(batch: readonly Proposal[], entries: readonly LogEntry[]): Promise<void> {
    const { machine } = this.#options;
    machine.beginTurn();
    let at = 0;
    const pending = batch.map(({ work, resolve, reject }): Pending<Outcome> => {
      if (work === 'barrier' || isRestored(work)) {
        const done: Outcome = {
          kind: 'applied',
          index: this.#appliedIndex,
          error: undefined,
          value: undefined,
        };
        return { apply: () => done, resolve, reject };
      }
      const index = entries[at]?.index ?? 0;
      at += 1;
      return { apply: () => this.#applyOne(index, work.command), resolve, reject };
    });
    await applyBatch(machine, pending);
    this.#snapshots.afterBatch({ index: this.#appliedIndex, term: this.#term });
  }

  #applyOne(index: number, command: Command): Outcome | Promise<Outcome> {
    const outcome = ({ error, value }: Applied): Outcome => {
      this.#appliedIndex = index;
      return { kind: 'applied', index, error, value };
    };
    const applied = this.#options.machine.applyInTurns(index, command);
    return applied instanceof Promise ? applied.then(outcome) : outcome(applied);
  }

  #refusePending(): void {
    const refused = this.#pending;
    this.#pending = [];
    for (const { resolve } of refused) resolve({ kind: 'refused', reason: 'failed' });
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#options.onFailure(error);
  }
}

function isRestored(work: Proposal['work'] | undefined): work is Restored {
  return typeof work === 'object' && 'restored' in work;
}
