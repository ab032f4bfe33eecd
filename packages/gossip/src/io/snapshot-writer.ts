import type { GossipEvent } from '../events.ts';
import type { Clock, Logger, LogStorage } from '../ports.ts';
import type { SnapshotCounters, SnapshotLog } from '../serf/snapshot/snapshot-log.ts';

/** The time between two writes of changes, and from a failed write to the next attempt. Source: serf snapshot.go. */
const flushIntervalMs = 500;
const retryIntervalMs = 30_000;
/** The longest time that `close` waits for the disk. */
const closeDeadlineMs = 2_000;

/** What the writer takes from its member. */
export interface SnapshotWriterParts {
  readonly storage: LogStorage;
  readonly log: SnapshotLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** This member's present clocks and incarnation. */
  readonly counters: () => SnapshotCounters;
}

/**
 * Keeps the snapshot file up to date in the background. Only `leave` and `close` wait for the disk. A failed write is
 * logged, and the whole file is written again later from the state at that time, so that no change is lost.
 */
export class SnapshotWriter {
  readonly #parts: SnapshotWriterParts;
  #cancelTick: (() => void) | undefined;
  /** The current write. Another one starts after it. */
  #work: Promise<void> | undefined;
  #sizeBytes = 0;
  /** Whether the file must be rewritten before appending: it may end in the middle of a line or lack lines. */
  #isStale = true;
  /** Whether pending lines were dropped, so that only a rewrite is complete. */
  #hasDroppedLines = false;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #errorsCount = 0;
  #closed: Promise<void> | undefined;

  constructor(parts: SnapshotWriterParts) {
    this.#parts = parts;
  }

  /** How many writes failed. */
  get errorsCount(): number {
    return this.#errorsCount;
  }

  /** Starts with a rewrite, because the old file may end in the middle of a line. */
  start(): void {
    this.#tick();
  }

  record(event: GossipEvent): void {
    this.#parts.log.record(event);
  }

  joined(seeds: readonly string[]): void {
    this.#parts.log.recordSeeds(seeds);
  }

  /** Records the leave, and resolves when it is safe on disk or the write failed. */
  leave(): Promise<void> {
    this.#takeCounters();
    this.#parts.log.recordLeave();
    return this.#writeLast();
  }

  /**
   * Writes pending changes and releases the file. Resolves after two seconds at the latest: a write that takes longer counts
   * as an error, and the file is released after it. May be called twice; never rejects.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { clock, logger, storage } = this.#parts;
    this.#cancelTick?.();
    this.#takeCounters();
    const written = this.#writeLast().then(() => this.#attempt(() => storage.close()));
    let cancel = (): void => undefined;
    const tooLate = new Promise<'too-late'>((resolve) => {
      cancel = clock.wakeAt(clock.nowMs() + closeDeadlineMs, () => resolve('too-late'));
    });
    if ((await Promise.race([written, tooLate])) === 'too-late') {
      this.#errorsCount += 1;
      logger.error(
        { deadlineMs: closeDeadlineMs },
        'the disk did not answer in time: the last changes of the snapshot may be lost',
      );
    }
    cancel();
  }

  #tick(): void {
    const { clock } = this.#parts;
    this.#cancelTick = clock.wakeAt(clock.nowMs() + flushIntervalMs, () => this.#tick());
    this.#takeCounters();
    this.#dropBacklog();
    if (this.#work !== undefined || clock.nowMs() < this.#retryAtMs) return;
    // Never rejects, and is kept in #work.
    void this.#begin(() => this.#write());
  }

  /** Drops pending lines while the disk fails or does not answer, to bound memory. The next write is a rewrite then. */
  #dropBacklog(): void {
    if (this.#work === undefined && this.#parts.clock.nowMs() >= this.#retryAtMs) return;
    if (!this.#parts.log.isCompactionDue(0)) return;
    this.#parts.log.takeLines();
    this.#hasDroppedLines = true;
  }

  #takeCounters(): void {
    this.#parts.log.recordCounters(this.#parts.counters());
  }

  #begin(write: () => Promise<void>): Promise<void> {
    const work = this.#attempt(write).finally(() => {
      if (this.#work === work) this.#work = undefined;
    });
    this.#work = work;
    return work;
  }

  /** Writes and syncs after the current write, whether that fails or not. */
  #writeLast(): Promise<void> {
    const current = this.#work ?? Promise.resolve();
    return this.#begin(async () => {
      await current;
      await this.#write();
      await this.#parts.storage.sync();
    });
  }

  async #write(): Promise<void> {
    const { storage, log } = this.#parts;
    if (this.#isStale || this.#hasDroppedLines || log.isCompactionDue(this.#sizeBytes)) {
      const whole = log.compacted();
      this.#isStale = true;
      this.#hasDroppedLines = false;
      await storage.replace(whole);
      this.#isStale = false;
      this.#sizeBytes = whole.length;
      return;
    }
    const lines = log.takeLines();
    if (lines.length === 0) return;
    this.#isStale = true;
    await storage.append(lines);
    this.#isStale = false;
    this.#sizeBytes += lines.length;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    const { clock, logger } = this.#parts;
    try {
      await work();
    } catch (error) {
      this.#errorsCount += 1;
      this.#isStale = true;
      this.#retryAtMs = clock.nowMs() + retryIntervalMs;
      logger.error({ err: error, retryInMs: retryIntervalMs }, 'the snapshot could not be written');
    }
  }
}
