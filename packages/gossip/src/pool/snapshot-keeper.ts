import type { Core } from '../core.ts';
import type { GossipEvent } from '../events.ts';
import type { SnapshotStats } from '../gossip.ts';
import { SnapshotWriter } from '../io/snapshot-writer.ts';
import type { Logger } from '../ports.ts';
import { type SnapshotCounters, SnapshotLog } from '../serf/snapshot/snapshot-log.ts';
import { formatAddress } from '../wire/address.ts';
import type { OpenSnapshot } from './open-snapshot.ts';
import { type RejoinParts, rejoinPool } from './rejoin.ts';

/** What the snapshot takes from its member. */
export interface SnapshotKeeperParts extends RejoinParts {
  readonly snapshot: OpenSnapshot;
  readonly core: Pick<Core, 'serf' | 'swim'>;
  readonly logger: Logger;
  /** Bounds one push/pull. */
  readonly streamTimeoutMs: number;
}

/** How many stream timeouts a rejoin may take. A group of dead addresses takes one. */
const rejoinTimeouts = 6;

/** The snapshot of a running member: rejoins its pool after a restart, and keeps it up to date. */
export class SnapshotKeeper {
  readonly #parts: SnapshotKeeperParts;
  readonly #writer: SnapshotWriter;
  readonly #ending = new AbortController();
  #rejoin: SnapshotStats['rejoin'] = 'none';
  #rejoining: Promise<void> | undefined;

  constructor(parts: SnapshotKeeperParts) {
    this.#parts = parts;
    const { snapshot, clock, logger } = parts;
    const { storage, recovered, rejoinAfterLeave } = snapshot;
    const log = new SnapshotLog(recovered, { rejoinAfterLeave });
    this.#writer = new SnapshotWriter({ storage, log, clock, logger, counters: () => this.#counters() });
  }

  get stats(): SnapshotStats {
    return { errorsCount: this.#writer.errorsCount, rejoin: this.#rejoin };
  }

  /** To be called once the member listens. */
  start(): void {
    this.#writer.start();
    this.#rejoining = this.#rejoinPool();
  }

  record(event: GossipEvent): void {
    this.#writer.record(event);
  }

  /** Records seeds through which a join succeeded. */
  joined(seeds: readonly string[]): void {
    this.#writer.joined(seeds);
  }

  /** Records the leave, and resolves when that is on disk or the disk failed. Never rejects. */
  leave(): Promise<void> {
    this.#ending.abort();
    return this.#writer.leave();
  }

  /** Writes pending changes and releases the file. May be called twice; never rejects. */
  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all([this.#writer.close(), this.#rejoining]);
  }

  /** No caller waits for it, so a failure appears in the log and in `stats` alone. */
  async #rejoinPool(): Promise<void> {
    const { snapshot, selfName, clock, logger, streamTimeoutMs } = this.#parts;
    const { alive, failed, seeds } = snapshot.recovered;
    const knownCount = failed.size + seeds.length + alive.size - (alive.has(selfName) ? 1 : 0);
    if (knownCount === 0) return;
    this.#rejoin = 'in-progress';
    const tooLate = new AbortController();
    const deadlineMs = clock.nowMs() + rejoinTimeouts * streamTimeoutMs;
    const cancel = clock.wakeAt(deadlineMs, () => tooLate.abort());
    const signal = AbortSignal.any([tooLate.signal, this.#ending.signal]);
    const answered = await rejoinPool(this.#parts, snapshot.recovered, signal);
    cancel();
    this.#rejoin = answered === undefined ? 'failed' : 'done';
    if (answered !== undefined) {
      logger.info({ through: formatAddress(answered) }, 'Rejoined the pool of the snapshot');
    } else if (!this.#ending.signal.aborted) {
      logger.warn({ knownCount }, 'Failed to rejoin the pool of the snapshot: no member or seed answered');
    }
  }

  /** A Lamport clock holds the next time; the snapshot records the last one that was seen or used. */
  #counters(): SnapshotCounters {
    const { core, selfName } = this.#parts;
    const { memberTime, eventTime, queryTime } = core.serf.times;
    const incarnation = core.swim.member(selfName)?.incarnation ?? 0;
    return { lamportTime: memberTime - 1, eventTime: eventTime - 1, queryTime: queryTime - 1, incarnation };
  }
}
