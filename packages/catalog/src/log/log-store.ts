/**
 * What a server keeps of the Raft log. Raft and the log of one server use the same ports; they know no disk, so that a
 * simulation can lose power at every write. Sources: consensus-and-rpc.md 1.1, 1.12, 1.13; ADR 0030.
 */

/** What an entry is for. */
export type EntryKind = 'command' | 'noop' | 'configuration' | 'barrier';

/** One entry of the log. */
export interface LogEntry {
  readonly index: number;
  readonly term: number;
  readonly kind: EntryKind;
  /** The payload of a command or configuration; empty otherwise. */
  readonly data: Uint8Array;
}

/** What a server must not forget between two elections. */
export interface HardState {
  readonly currentTerm: number;
  /** The id of the server that got this server's vote in `currentTerm`; '' for none. */
  readonly votedFor: string;
}

/** An entry by its place: the last one that a snapshot stands for. */
export interface EntryId {
  readonly index: number;
  readonly term: number;
}

/**
 * The entries and the hard state of one server. What changes something resolves only when it is on disk, and rejects when
 * that is not certain: the store must not be used after that, since a later sync may succeed without the lost pages.
 */
export interface LogStore {
  /** The index of the first entry; one above `last.index` when there is none. */
  readonly firstIndex: number;
  /** The last entry, or what was compacted last; 0 and 0 at the beginning. */
  readonly last: EntryId;
  readonly hardState: HardState;
  /** Adds entries, the first one with the index after `last`: all of them or none. */
  append(entries: readonly LogEntry[]): Promise<void>;
  /** Removes all entries after `index`. */
  truncateAfter(index: number): Promise<void>;
  /** Removes all entries up to `upTo`, which may be beyond the last one. */
  compact(upTo: EntryId): Promise<void>;
  setHardState(state: HardState): Promise<void>;
  /** Entries from `from` on, at most so many. Those that are not there any more are not among them. */
  read(from: number, countMax: number): Promise<readonly LogEntry[]>;
  /**
   * Told once when the store ends by itself: nothing is read or written from then on. Told at once when it has ended.
   * One listener at a time.
   */
  onEnd(listener: (error: unknown) => void): void;
  /** Resolves when nothing more is written. */
  close(): Promise<void>;
}

/** What a snapshot stands for. */
export interface SnapshotMeta extends EntryId {
  /** The configuration that was in force, as the log has it; empty when no entry had one. */
  readonly configuration: Uint8Array;
}

/** A snapshot as it is written. */
export interface SnapshotSink {
  /** Resolves when more may be written. */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when the snapshot is complete and on disk. */
  commit(): Promise<void>;
  /** Removes what was written. */
  abort(): Promise<void>;
}

/** The snapshots of one server. */
export interface SnapshotStore {
  /** Complete snapshots, the newest first. Whether their content is whole is known when it is read. */
  list(): Promise<readonly SnapshotMeta[]>;
  create(meta: SnapshotMeta): Promise<SnapshotSink>;
  /** The content in pieces; throws CatalogError CATALOG_SNAPSHOT at the end when it is not what was written. */
  open(id: EntryId): AsyncIterable<Uint8Array>;
  /**
   * Removes all but the newest that are whole. Those in `broken`, and those that do not end as they should, do not count
   * and are removed too; but nothing is removed while no whole one is left.
   */
  keepNewest(count: number, broken: readonly EntryId[]): Promise<void>;
}
