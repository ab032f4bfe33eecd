import type { Clock } from '@hobnob/gossip';
import { type ReapedCheck, Reaper } from './reaper.ts';
import type { CheckStatus } from './result.ts';

export interface CriticalServicesOptions {
  readonly clock: Clock;
  /** Is to remove the service of a check that is critical for too long. */
  readonly onDue: (check: ReapedCheck) => void;
}

/** Reports services whose checks are critical for too long, when they are due. */
export class CriticalServices {
  readonly #options: CriticalServicesOptions;
  readonly #reaper = new Reaper();
  #wake: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #isClosed = false;

  constructor(options: CriticalServicesOptions) {
    this.#options = options;
  }

  /** Adds a check, or changes its rule, and reports its status. */
  set(check: ReapedCheck, status: CheckStatus): void {
    this.#reaper.set(check);
    this.report(check.checkId, status);
  }

  /** Unknown ids are ignored. */
  remove(checkId: string): void {
    this.#reaper.remove(checkId);
  }

  /** Unknown ids are ignored. */
  report(checkId: string, status: CheckStatus): void {
    this.#reaper.report(checkId, status, this.#options.clock.nowMs());
    this.#arm();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.cancel();
  }

  #arm(): void {
    const nextMs = this.#reaper.nextDeadlineMs();
    if (nextMs === undefined || this.#isClosed) return;
    if (this.#wake !== undefined && this.#wake.atMs <= nextMs) return;
    this.#wake?.cancel();
    const { clock, onDue } = this.#options;
    const cancel = clock.wakeAt(nextMs, () => {
      this.#wake = undefined;
      for (const check of this.#reaper.takeDue(clock.nowMs())) onDue(check);
      this.#arm();
    });
    this.#wake = { atMs: nextMs, cancel };
  }
}
