import type { CommandLog } from '../log/command-log.ts';
import type { Clock } from '../ports.ts';
import type { CoordinateUpdateRequest } from '../records/index.ts';

/** Collects coordinates and writes them in batches. Source: consensus-and-rpc.md 6.5. */

const periodMsDefault = 5000;
const batchUpdatesMax = 128;
const batchesMax = 5;

export interface CoordinateBatchesOptions {
  readonly log: CommandLog;
  readonly clock: Clock;
  /** From the first update of a batch until it is written. Default 5000, as Consul. */
  readonly coordinatePeriodMs?: number;
}

/** Updates that wait for the next batch: the last one of each node and segment. */
export class CoordinateBatches {
  readonly #log: CommandLog;
  readonly #clock: Clock;
  readonly #periodMs: number;
  readonly #pending = new Map<string, CoordinateUpdateRequest>();
  #cancel: (() => void) | undefined;
  #droppedCount = 0;

  constructor({ log, clock, coordinatePeriodMs = periodMsDefault }: CoordinateBatchesOptions) {
    this.#log = log;
    this.#clock = clock;
    this.#periodMs = coordinatePeriodMs;
  }

  /** How many updates did not fit in the batches of their period. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  add(update: CoordinateUpdateRequest): void {
    const key = `${update.Node}:${update.Segment}`;
    if (this.#pending.size >= batchUpdatesMax * batchesMax && !this.#pending.has(key)) {
      this.#droppedCount += 1;
      return;
    }
    this.#pending.set(key, update);
    this.#cancel ??= this.#clock.wakeAt(this.#clock.nowMs() + this.#periodMs, () => this.#write());
  }

  /** Drops what waits. May be called twice. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#pending.clear();
  }

  #write(): void {
    this.#cancel = undefined;
    const updates = [...this.#pending.values()];
    this.#pending.clear();
    for (let first = 0; first < updates.length; first += batchUpdatesMax) {
      // Agents send again what is not stored: the outcome changes nothing.
      void this.#log.propose({ type: 6, body: updates.slice(first, first + batchUpdatesMax) });
    }
  }
}
