import type { CommandLog } from '../log/command-log.ts';
import type { Clock } from '../ports.ts';
import { create, TombstoneRequest } from '../records/index.ts';
import { type Topic, topics } from '../store/topics.ts';

/** What the collection of tombstones works with. */
export interface TombstoneTimersParts {
  readonly clock: Clock;
  readonly log: Pick<CommandLog, 'propose'>;
  /** The log index of the last command. */
  readonly index: () => number;
  /** Whether there are any. */
  readonly hasTombstones: () => boolean;
  readonly datacenter: string;
  /** Told why old tombstones could not be reaped. */
  readonly report: (problem: string) => void;
}

/** Sources: Consul agent/consul/config.go, TombstoneTTL and TombstoneTTLGranularity. */
const ttlMs = 15 * 60_000;
const granularityMs = 30_000;

/** Deletions that are reaped together. */
interface Due {
  readonly atMs: number;
  index: number;
}

/** Has tombstones reaped when nobody asks any more with an index from before them. Source: consensus-and-rpc.md 6.5. */
export class TombstoneTimers {
  readonly #parts: TombstoneTimersParts;
  /** In the order of their times; one for each granule of time. */
  #due: Due[] = [];
  #cancel: (() => void) | undefined;
  #isRunning = false;

  constructor(parts: TombstoneTimersParts) {
    this.#parts = parts;
  }

  /** A new leader does not know when what is there was deleted: all of it has its whole time. */
  start(): void {
    this.#isRunning = true;
    if (this.#parts.hasTombstones()) this.#hint(this.#parts.index());
  }

  stop(): void {
    this.#isRunning = false;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#due = [];
  }

  /** To be called at every commit; without topics everything has changed. */
  onCommit(changed: ReadonlySet<Topic> | undefined): void {
    const isConcerned = changed === undefined || changed.has(topics.tombstones);
    if (this.#isRunning && isConcerned && this.#parts.hasTombstones()) this.#hint(this.#parts.index());
  }

  #hint(index: number): void {
    const { clock } = this.#parts;
    const atMs = Math.ceil((clock.nowMs() + ttlMs) / granularityMs) * granularityMs;
    const last = this.#due.at(-1);
    if (last?.atMs === atMs) last.index = index;
    else this.#due.push({ atMs, index });
    this.#cancel ??= clock.wakeAt(this.#due[0]?.atMs ?? atMs, () => void this.#reap());
  }

  async #reap(): Promise<void> {
    const { log, datacenter, report } = this.#parts;
    this.#cancel = undefined;
    const due = this.#due.shift();
    if (due === undefined) return;
    const body = create(TombstoneRequest, { Datacenter: datacenter, Op: 'reap', ReapIndex: due.index });
    const problem = await log.propose({ type: 5, body }).then(
      (outcome) => (outcome.kind === 'applied' ? outcome.error : outcome.kind),
      (fault: unknown) => String(fault),
    );
    if (problem !== undefined) {
      report(problem);
      // What was not reaped is reaped with the next.
    }
    if (!this.#isRunning) return;
    const { clock } = this.#parts;
    const next = this.#due[0];
    if (next === undefined && problem !== undefined) this.#hint(due.index);
    else if (next !== undefined) this.#cancel ??= clock.wakeAt(next.atMs, () => void this.#reap());
  }
}
