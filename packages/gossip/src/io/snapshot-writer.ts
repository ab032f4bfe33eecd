import type { GossipEvent } from '../events.ts';
import type { Clock, Logger, LogStorage } from '../ports.ts';
import type { SnapshotCounters, SnapshotLog } from '../serf/snapshot/snapshot-log.ts';

/** How often what has changed is written, and how long a failed disk is left alone. Source: serf snapshot.go. */
const flushIntervalMs = 500;
const retryIntervalMs = 30_000;
/** How long a close waits for the disk. */
const closeDeadlineMs = 2_000;

/** What the snapshot is written from and to. */
export interface SnapshotWriterParts {
  readonly storage: LogStorage;
  readonly log: SnapshotLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Our clocks and incarnation now. */
  readonly counters: () => SnapshotCounters;
}

/**
 * Keeps the snapshot file up to date, behind the protocol's back: nothing waits for the disk but a leave's
 * and a close's last word, and a disk that fails costs a log line. The file is then written anew, from what
 * is known by then, so that nothing is lost but time.
 */
export class SnapshotWriter {
  readonly #parts: SnapshotWriterParts;
  #cancelTick: (() => void) | undefined;
  /** The writing under way; another begins only when it is done. */
  #work: Promise<void> | undefined;
  #sizeBytes = 0;
  /** The file cannot be appended to: it may end in the middle of a line, or miss some. */
  #isStale = true;
  /** Lines were dropped that neither the file nor the log has. */
  #hasForgotten = false;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #errorsCount = 0;
  #closed: Promise<void> | undefined;

  constructor(parts: SnapshotWriterParts) {
    this.#parts = parts;
  }

  /** How often the disk failed. */
  get errorsCount(): number {
    return this.#errorsCount;
  }

  /** Begins with writing the file anew, because the old one may end in the middle of a line. */
  start(): void {
    this.#tick();
  }

  record(event: GossipEvent): void {
    this.#parts.log.record(event);
  }

  joined(seeds: readonly string[]): void {
    this.#parts.log.recordSeeds(seeds);
  }

  /** Records that we leave, and resolves when that is safe on disk, or could not be written. */
  leave(): Promise<void> {
    this.#takeCounters();
    this.#parts.log.recordLeave();
    return this.#writeLast();
  }

  /**
   * Writes what is left and frees the file, or gives up after two seconds: what was not written by then is counted as an
   * error, and the file is freed once the disk has answered. May be called twice; never rejects.
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
      logger.error({ deadlineMs: closeDeadlineMs }, 'the disk did not take the end of the snapshot in time');
    }
    cancel();
  }

  #tick(): void {
    const { clock } = this.#parts;
    this.#cancelTick = clock.wakeAt(clock.nowMs() + flushIntervalMs, () => this.#tick());
    this.#takeCounters();
    this.#forgetBacklog();
    if (this.#work !== undefined || clock.nowMs() < this.#retryAtMs) return;
    // Kept in #work, and never rejects.
    void this.#begin(() => this.#write());
  }

  /** A disk that fails or does not answer must not fill the memory: the file is written anew then, which needs no lines. */
  #forgetBacklog(): void {
    if (this.#work === undefined && this.#parts.clock.nowMs() >= this.#retryAtMs) return;
    if (!this.#parts.log.isCompactionDue(0)) return;
    this.#parts.log.takeLines();
    this.#hasForgotten = true;
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

  /** After the writing under way, and whatever became of it. */
  #writeLast(): Promise<void> {
    const before = this.#work ?? Promise.resolve();
    return this.#begin(async () => {
      await before;
      await this.#write();
      await this.#parts.storage.sync();
    });
  }

  async #write(): Promise<void> {
    const { storage, log } = this.#parts;
    if (this.#isStale || this.#hasForgotten || log.isCompactionDue(this.#sizeBytes)) {
      const whole = log.compacted();
      this.#isStale = true;
      this.#hasForgotten = false;
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
