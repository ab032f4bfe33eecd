import type { Clock, Logger, Rng } from '@hobnob/gossip';
import type { PeriodicCheck, TtlCheck } from './kinds.ts';
import { type CheckResult, type RunResult, timeoutReason } from './result.ts';
import { RunSlots } from './run-slots.ts';
import { firstRunAtMs, nextRunAtMs, Schedule } from './schedule.ts';
import { expireTtl, startTtl, type Ttl, updateTtl } from './ttl.ts';
import { countResult, initialVerdict, type Verdict } from './verdict.ts';

/** Runs a check once. Must not reject for what the network does; a rejection is logged and counts as critical. */
export type RunCheck = (check: PeriodicCheck, signal: AbortSignal) => Promise<RunResult>;

/** Whether a check was run, its client reported, or did not report in time. */
export type ResultOrigin = 'run' | 'update' | 'expiry';

/** Receives each result that is published: also one that equals the result before. */
export type ResultListener = (checkId: string, result: CheckResult, origin: ResultOrigin) => void;

export interface CheckDriverOptions {
  readonly clock: Clock;
  /** Spreads the first runs. */
  readonly rng: Rng;
  readonly logger: Logger;
  readonly run: RunCheck;
  readonly onResult: ResultListener;
  /**
   * How many runs may be under way that are no programs. Others wait for their turn, in order. Default 512: half of the
   * 1,024 open files that a process may have by default.
   */
  readonly runsMax?: number;
  /** How many of the runs may be programs, beside the others. Default 128. */
  readonly programsMax?: number;
}

/** Counts for metrics and tests. */
export interface CheckDriverStats {
  /** Checks that run again and again. */
  readonly periodicCount: number;
  readonly ttlCount: number;
  /** Runs under way. */
  readonly runningCount: number;
  /** Checks that are due and wait because too many runs are under way. */
  readonly waitingCount: number;
}

interface PeriodicState {
  readonly check: PeriodicCheck;
  verdict: Verdict;
  /** The run under way. */
  run: AbortController | undefined;
}

interface TtlState {
  readonly check: TtlCheck;
  ttl: Ttl;
}

type Due =
  | { readonly type: 'run' | 'timeout'; readonly state: PeriodicState }
  | { readonly type: 'expiry'; readonly state: TtlState };

const defaultRunsMax = 512;
/** As many shells fit into a small machine, and programs that hang leave places for others. */
const defaultProgramsMax = 128;

/**
 * Runs start in groups of this size, and the event loop turns between them: after a stall hundreds may be due at once,
 * and each takes a part of a millisecond to start.
 */
const startsPerTurnMax = 8;

/** A gRPC channel takes milliseconds to make. */
function startCost({ kind }: PeriodicCheck): number {
  return kind === 'grpc' ? startsPerTurnMax : 1;
}

/**
 * Runs checks when they are due, and watches over TTLs, all with one timer. Owns the runs under way: a check that is
 * removed or replaced has its run aborted, and no result of it follows.
 */
export class CheckDriver {
  readonly #options: CheckDriverOptions;
  readonly #periodic = new Map<string, PeriodicState>();
  readonly #ttls = new Map<string, TtlState>();
  readonly #schedule = new Schedule<Due>();
  readonly #connections: RunSlots<PeriodicState>;
  readonly #programs: RunSlots<PeriodicState>;
  #wake: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #isClosed = false;

  constructor(options: CheckDriverOptions) {
    this.#options = options;
    this.#connections = new RunSlots(options.runsMax ?? defaultRunsMax);
    this.#programs = new RunSlots(options.programsMax ?? defaultProgramsMax);
  }

  get stats(): CheckDriverStats {
    return {
      periodicCount: this.#periodic.size,
      ttlCount: this.#ttls.size,
      runningCount: this.#connections.takenCount + this.#programs.takenCount,
      waitingCount: this.#connections.waitingCount + this.#programs.waitingCount,
    };
  }

  /**
   * Adds a check, or replaces the one with its id. A periodic check whose definition is the same goes on undisturbed:
   * services are registered again and again. A TTL check starts with its whole TTL each time, as in Consul.
   * Ignored after `close`.
   */
  set(check: PeriodicCheck | TtlCheck): void {
    if (this.#isClosed) return;
    const { id } = check;
    const old = this.#periodic.get(id);
    if (check.kind !== 'ttl' && old !== undefined && isSame(old.check, check)) return;
    this.remove(id);
    const { clock, rng } = this.#options;
    const nowMs = clock.nowMs();
    if (check.kind === 'ttl') {
      const state: TtlState = { check, ttl: startTtl(check, nowMs) };
      this.#ttls.set(id, state);
      this.#scheduleExpiry(state);
    } else {
      const state: PeriodicState = { check, verdict: initialVerdict(check), run: undefined };
      this.#periodic.set(id, state);
      this.#schedule.set(id, firstRunAtMs(check.intervalMs, rng.next(), nowMs), { type: 'run', state });
    }
    this.#arm();
  }

  /** Removes a check; unknown ids are ignored. */
  remove(checkId: string): void {
    this.#schedule.clear(checkId);
    this.#ttls.delete(checkId);
    const state = this.#periodic.get(checkId);
    if (state === undefined) return;
    this.#periodic.delete(checkId);
    this.#slotsOf(state).leave(state);
    this.#abort(state);
    this.#arm();
  }

  /**
   * Reports an update of a TTL check, whose TTL begins anew. Returns the result that was published, with its output
   * limited; undefined when no TTL check has this id (`noTtlText` is Consul's answer).
   */
  updateTtl(checkId: string, update: CheckResult): CheckResult | undefined {
    const state = this.#ttls.get(checkId);
    if (state === undefined) return undefined;
    const { ttl, result } = updateTtl(state.check, update, this.#options.clock.nowMs());
    state.ttl = ttl;
    this.#scheduleExpiry(state);
    this.#arm();
    this.#publish(checkId, result, 'update');
    return result;
  }

  /** Ends all runs; no result follows. May be called twice. */
  close(): void {
    this.#isClosed = true;
    for (const id of [...this.#periodic.keys(), ...this.#ttls.keys()]) this.remove(id);
    this.#wake?.cancel();
    this.#wake = undefined;
  }

  #scheduleExpiry(state: TtlState): void {
    const { expiresAtMs } = state.ttl;
    if (expiresAtMs !== undefined) this.#schedule.set(state.check.id, expiresAtMs, { type: 'expiry', state });
  }

  /** Sets the timer for the earliest deadline; a timer that fires too early is kept, since it only looks again. */
  #arm(): void {
    const nextMs = this.#schedule.nextMs();
    if (nextMs === undefined || this.#isClosed) return;
    if (this.#wake !== undefined && this.#wake.atMs <= nextMs) return;
    this.#wake?.cancel();
    const cancel = this.#options.clock.wakeAt(nextMs, () => this.#onWake());
    this.#wake = { atMs: nextMs, cancel };
  }

  #onWake(): void {
    this.#wake = undefined;
    const nowMs = this.#options.clock.nowMs();
    let startsLeft = startsPerTurnMax;
    while (startsLeft > 0) {
      const due = this.#schedule.takeDue(nowMs);
      if (due === undefined) break;
      if (due.type === 'run') startsLeft -= startCost(due.state.check);
      this.#perform(due);
    }
    this.#arm();
  }

  #perform(due: Due): void {
    if (due.type === 'expiry') {
      const { ttl, result } = expireTtl(due.state.ttl);
      due.state.ttl = ttl;
      this.#publish(due.state.check.id, result, 'expiry');
    } else if (due.type === 'timeout') {
      due.state.run?.abort(timeoutReason());
    } else if (this.#slotsOf(due.state).take(due.state)) {
      this.#start(due.state);
    }
  }

  #slotsOf({ check }: PeriodicState): RunSlots<PeriodicState> {
    return check.kind === 'script' ? this.#programs : this.#connections;
  }

  /** The check has a place already. */
  #start(state: PeriodicState): void {
    const { check } = state;
    const run = new AbortController();
    state.run = run;
    this.#schedule.set(check.id, this.#options.clock.nowMs() + check.timeoutMs, { type: 'timeout', state });
    void this.#runToEnd(state, run);
  }

  async #runToEnd(state: PeriodicState, run: AbortController): Promise<void> {
    const result = await this.#resultOf(state.check, run.signal);
    this.#take(state, run, result);
    await result.ended;
    this.#end(state, run);
  }

  async #resultOf(check: PeriodicCheck, signal: AbortSignal): Promise<RunResult> {
    try {
      return await this.#options.run(check, signal);
    } catch (error) {
      this.#options.logger.error({ check: check.id, error }, 'Check failed to run');
      return { status: 'critical', output: error instanceof Error ? error.message : String(error) };
    }
  }

  /** A check that was removed or replaced has no run of its own any more. */
  #take(state: PeriodicState, run: AbortController, result: RunResult): void {
    if (state.run !== run) return;
    const { check } = state;
    const { verdict, publishes } = countResult(state.verdict, result, check);
    state.verdict = verdict;
    const { status, output } = result;
    if (publishes) this.#publish(check.id, { status, output }, 'run');
  }

  #end(state: PeriodicState, run: AbortController): void {
    const next = this.#slotsOf(state).release();
    if (next !== undefined) {
      this.#start(next);
      this.#arm();
    }
    if (state.run !== run) return;
    state.run = undefined;
    const { check } = state;
    const endedAtMs = this.#options.clock.nowMs();
    this.#schedule.set(check.id, nextRunAtMs(check.intervalMs, endedAtMs), { type: 'run', state });
    this.#arm();
  }

  #abort(state: PeriodicState): void {
    const { run } = state;
    state.run = undefined;
    run?.abort(new Error('the check was removed'));
  }

  #publish(checkId: string, result: CheckResult, origin: ResultOrigin): void {
    try {
      this.#options.onResult(checkId, result, origin);
    } catch (error) {
      this.#options.logger.error({ check: checkId, error }, 'A listener of check results threw');
    }
  }
}

/** Whether two definitions are the same, but for what only records show. */
function isSame(old: PeriodicCheck, check: PeriodicCheck): boolean {
  return JSON.stringify(runFields(old)) === JSON.stringify(runFields(check));
}

function runFields({ name, notes, initialStatus, type, ...fields }: PeriodicCheck): object {
  return { ...fields, name: '', notes: '', initialStatus: '', type: '' };
}
