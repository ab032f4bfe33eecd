import type { CheckStatus } from './result.ts';
import { Schedule } from './schedule.ts';

/** A check whose service is removed when the check is critical for too long. */
export interface ReapedCheck {
  readonly checkId: string;
  readonly serviceId: string;
  /** The definition's `deregisterCriticalAfterMs`. */
  readonly afterMs: number;
}

/** When a service is named again that its owner did not remove. Source: Consul's `check_reap_interval`. */
const repeatMs = 30_000;

/**
 * Which services have a check that is critical for too long. The time starts at the change to critical, and anew with
 * the agent. Consul looks every 30 s; here `nextDeadlineMs` says when the next service is due.
 * Source: consensus-and-rpc.md 7.3.
 */
export class Reaper {
  readonly #checks = new Map<string, ReapedCheck>();
  readonly #criticalSinceMs = new Map<string, number>();
  readonly #deadlines = new Schedule<ReapedCheck>();

  /** Adds a check, or changes its rule; since when it is critical stays. */
  set(check: ReapedCheck): void {
    const { checkId, afterMs } = check;
    this.#checks.set(checkId, check);
    const sinceMs = this.#criticalSinceMs.get(checkId);
    if (sinceMs !== undefined) this.#deadlines.set(checkId, sinceMs + afterMs, check);
  }

  /** Unknown ids are ignored. */
  remove(checkId: string): void {
    this.#checks.delete(checkId);
    this.#criticalSinceMs.delete(checkId);
    this.#deadlines.clear(checkId);
  }

  /** The state of a check as it is now, also when it did not change. Unknown ids are ignored. */
  report(checkId: string, status: CheckStatus, nowMs: number): void {
    const check = this.#checks.get(checkId);
    if (check === undefined) return;
    if (status !== 'critical') {
      this.#criticalSinceMs.delete(checkId);
      this.#deadlines.clear(checkId);
    } else if (!this.#criticalSinceMs.has(checkId)) {
      this.#criticalSinceMs.set(checkId, nowMs);
      this.#deadlines.set(checkId, nowMs + check.afterMs, check);
    }
  }

  /** When `takeDue` next has an answer, or undefined when no check is critical. */
  nextDeadlineMs(): number | undefined {
    return this.#deadlines.nextMs();
  }

  /**
   * The checks whose services are to be removed, one for each service. A check that is neither removed nor better is
   * returned again 30 s later.
   */
  takeDue(nowMs: number): readonly ReapedCheck[] {
    const byService = new Map<string, ReapedCheck>();
    for (let check = this.#deadlines.takeDue(nowMs); check; check = this.#deadlines.takeDue(nowMs)) {
      if (!byService.has(check.serviceId)) byService.set(check.serviceId, check);
      this.#deadlines.set(check.checkId, nowMs + repeatMs, check);
    }
    return [...byService.values()];
  }
}
