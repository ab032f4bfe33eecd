import type { Core } from '../core.ts';
import type { GossipEvent } from '../events.ts';
import type { SnapshotStats } from '../gossip.ts';
import { SnapshotWriter } from '../io/snapshot-writer.ts';
import type { Logger } from '../ports.ts';
import { type SnapshotCounters, SnapshotLog } from '../serf/snapshot/snapshot-log.ts';
import { formatAddress } from '../wire/address.ts';
import type { OpenSnapshot } from './open-snapshot.ts';
import { type RejoinParts, rejoinPool } from './rejoin.ts';

/** What keeping a snapshot needs of the running member. */
export interface SnapshotKeeperParts extends RejoinParts {
  readonly snapshot: OpenSnapshot;
  readonly core: Pick<Core, 'serf' | 'swim'>;
  readonly logger: Logger;
  /** Bounds one exchange. */
  readonly streamTimeoutMs: number;
}

/** How many stream timeouts the way back to a pool may take: dead addresses cost one a group. */
const rejoinTimeouts = 6;

/** The snapshot of a running member: goes back to the pool it tells of, and keeps it up to date. */
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

  /** To be called when the member listens. */
  start(): void {
    this.#writer.start();
    this.#rejoining = this.#goBack();
  }

  record(event: GossipEvent): void {
    this.#writer.record(event);
  }

  /** Remembers seeds that could be joined. */
  joined(seeds: readonly string[]): void {
    this.#writer.joined(seeds);
  }

  /** We leave: that is on disk when this resolves, unless the disk failed. Never rejects. */
  leave(): Promise<void> {
    this.#ending.abort();
    return this.#writer.leave();
  }

  /** Writes what is left and frees the file. May be called twice; never rejects. */
  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all([this.#writer.close(), this.#rejoining]);
  }

  /** Nobody asked for it, so its failure is told by the log and `stats` alone. */
  async #goBack(): Promise<void> {
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
      logger.info({ through: formatAddress(answered) }, 'back in the pool of the snapshot');
    } else if (!this.#ending.signal.aborted) {
      logger.warn({ knownCount }, 'nobody of the snapshot could be reached');
    }
  }

  /** A clock shows the next time; what counts is the last that was seen or used. */
  #counters(): SnapshotCounters {
    const { core, selfName } = this.#parts;
    const { memberTime, eventTime, queryTime } = core.serf.times;
    const incarnation = core.swim.member(selfName)?.incarnation ?? 0;
    return { lamportTime: memberTime - 1, eventTime: eventTime - 1, queryTime: queryTime - 1, incarnation };
  }
}
