import type { CommandLog } from '../log/command-log.ts';
import type { Clock, WallClock } from '../ports.ts';
import type { Session } from '../records/index.ts';
import type { WatchedStore } from '../watch/watched-store.ts';
import { KeyExpiry } from './key-expiry.ts';
import { type SessionEnd, SessionTimers } from './session-timers.ts';
import { TombstoneTimers } from './tombstone-timers.ts';

/** What the timers of a leader work with. */
export interface LeaderTimersParts {
  readonly state: WatchedStore;
  readonly log: Pick<CommandLog, 'propose'>;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly datacenter: string;
  /** Told of sessions whose time has passed. */
  readonly onSessionEnd: (event: SessionEnd) => void;
  /** Told what could not be done, and why; it is tried again. */
  readonly onProblem: (what: string, problem: string) => void;
}

/** What a leader does when a time has come: it ends sessions, deletes expired keys and reaps tombstones. */
export class LeaderTimers {
  readonly #sessions: SessionTimers;
  readonly #timers: readonly (SessionTimers | TombstoneTimers | KeyExpiry)[];
  readonly #state: WatchedStore;
  #unfollow: (() => void) | undefined;

  constructor({ state, log, clock, wallClock, datacenter, onSessionEnd, onProblem }: LeaderTimersParts) {
    this.#state = state;
    const guarded: Pick<CommandLog, 'propose'> = {
      propose: async (command) => {
        const outcome = await log.propose(command);
        // This server leads no more: what is due is the duty of another one, or of the next start.
        if (outcome.kind === 'refused' && outcome.reason !== 'busy') this.stop();
        return outcome;
      },
    };
    const tables = () => state.tables;
    const index = () => state.index;
    this.#sessions = new SessionTimers({ clock, log: guarded, tables, datacenter, report: onSessionEnd });
    const hasTombstones = () => state.tables.tombstones.size > 0;
    const reap = { clock, log: guarded, index, hasTombstones, datacenter };
    const expire = { clock, wallClock, log: guarded, tables, datacenter };
    this.#timers = [
      this.#sessions,
      new TombstoneTimers({ ...reap, report: (problem) => onProblem('failed to reap tombstones', problem) }),
      new KeyExpiry({ ...expire, report: (problem) => onProblem('failed to delete expired keys', problem) }),
    ];
  }

  /** To be called when leadership begins. */
  start(): void {
    if (this.#unfollow !== undefined) return;
    for (const timer of this.#timers) timer.start();
    this.#unfollow = this.#state.watches.onCommit((topics) => {
      for (const timer of this.#timers) timer.onCommit(topics);
    });
  }

  /** To be called when leadership ends; may be called twice. */
  stop(): void {
    this.#unfollow?.();
    this.#unfollow = undefined;
    for (const timer of this.#timers) timer.stop();
  }

  /** Begins the time of a session anew. */
  renew(session: Session): void {
    this.#sessions.renew(session);
  }
}
