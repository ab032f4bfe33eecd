import { timeOf, timeText } from '../go/index.ts';
import type { CommandLog } from '../log/command-log.ts';
import type { Clock, WallClock } from '../ports.ts';
import { create, DirEntry, KvsRequest } from '../records/index.ts';
import type { Tables } from '../store/tables.ts';
import type { Topic } from '../store/topics.ts';
import { topics } from '../store/topics.ts';

/** What the expiry of keys works with. */
export interface KeyExpiryParts {
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly log: Pick<CommandLog, 'propose'>;
  readonly tables: () => Tables;
  readonly datacenter: string;
  /** Told why keys whose time has come could not be deleted. */
  readonly report: (problem: string) => void;
}

/** So many are deleted before others may write. */
const deletedEach = 128;
/** The wall clock may be set meanwhile: it is looked at again at least so often. */
const lookAgainMs = 10_000;
const retryMs = 1_000;

/** Deletes entries when the time has come that was given when they were written: the leader's duty. ADR 0032. */
export class KeyExpiry {
  readonly #parts: KeyExpiryParts;
  #cancel: (() => void) | undefined;
  /** What the timer waits for. */
  #armedFor = '';
  #isRunning = false;
  #isDeleting = false;
  /** Whether a deletion has failed and is tried again soon: writes of others do not hasten it. */
  #isPausing = false;

  constructor(parts: KeyExpiryParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#isRunning = true;
    this.#arm();
  }

  stop(): void {
    this.#isRunning = false;
    this.#disarm();
  }

  /** To be called at every commit; without topics everything has changed. */
  onCommit(changed: ReadonlySet<Topic> | undefined): void {
    if (this.#isRunning && (changed === undefined || changed.has(topics.kvs))) this.#arm();
  }

  #arm(): void {
    if (this.#isDeleting || this.#isPausing) return;
    const { kvsByExpiry } = this.#parts.tables();
    const first = kvsByExpiry.size === 0 ? undefined : kvsByExpiry.first(1)[0];
    if (first === undefined) this.#disarm();
    else if (this.#armedFor !== first.ExpiresAt) {
      this.#wakeIn(timeOf(first.ExpiresAt) - this.#parts.wallClock.nowMs(), first.ExpiresAt);
    }
  }

  #wakeIn(ms: number, armedFor: string): void {
    const { clock } = this.#parts;
    this.#disarm();
    this.#armedFor = armedFor;
    const afterMs = Math.min(Math.max(ms, 0), lookAgainMs);
    this.#cancel = clock.wakeAt(clock.nowMs() + afterMs, () => void this.#deleteDue());
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#armedFor = '';
    this.#isPausing = false;
  }

  async #deleteDue(): Promise<void> {
    const { tables, wallClock, datacenter, log, report } = this.#parts;
    this.#disarm();
    const now = timeText(wallClock.nowMs());
    const due = tables()
      .kvsByExpiry.first(deletedEach)
      .filter(({ ExpiresAt }) => ExpiresAt <= now);
    this.#isDeleting = true;
    const problems = await Promise.all(
      due.map(({ Key, ModifyIndex }) => {
        const DirEnt = create(DirEntry, { Key, ModifyIndex });
        const body = create(KvsRequest, { Datacenter: datacenter, Op: 'delete-cas', DirEnt });
        return log.propose({ type: 2, body }).then(
          (outcome) => (outcome.kind === 'applied' ? outcome.error : outcome.kind),
          (fault: unknown) => String(fault),
        );
      }),
    );
    this.#isDeleting = false;
    if (!this.#isRunning) return;
    const problem = problems.find((one) => one !== undefined);
    if (problem === undefined) {
      this.#arm();
      return;
    }
    report(problem);
    this.#wakeIn(retryMs, '');
    this.#isPausing = true;
  }
}
