import { parseDuration } from '../go/index.ts';
import type { CommandLog } from '../log/command-log.ts';
import type { Clock } from '../ports.ts';
import { create, Session, SessionRequest } from '../records/index.ts';
import { idKey } from '../store/keys.ts';
import type { Tables } from '../store/tables.ts';
import { sessionIdOf, type Topic } from '../store/topics.ts';

/** What the timers of sessions work with. */
export interface SessionTimersParts {
  readonly clock: Clock;
  readonly log: Pick<CommandLog, 'propose'>;
  readonly tables: () => Tables;
  readonly datacenter: string;
  /** Told of a session whose time has passed, and of one that could not be ended. */
  readonly report: (event: SessionEnd) => void;
}

/** What became of a session whose time has passed. */
export interface SessionEnd {
  readonly session: string;
  /** Why it is still there; undefined when its end is in the log. */
  readonly problem: string | undefined;
}

const nsPerMs = 1_000_000n;
/** A session lives between one and two times as long as its TTL says. Source: Consul structs.SessionTTLMultiplier. */
const ttlFactor = 2;
/** Source: Consul agent/consul/session_ttl.go, invalidateRetryBase and maxInvalidateAttempts. */
const retryBaseMs = 10_000;
const retryExponentMax = 6;

/**
 * Ends sessions that nobody renews: the leader's duty. It follows commits, so that every session with a TTL has a timer,
 * and no other has. Source: consensus-and-rpc.md 6.5.
 */
export class SessionTimers {
  readonly #parts: SessionTimersParts;
  readonly #cancels = new Map<string, () => void>();
  #isRunning = false;

  constructor(parts: SessionTimersParts) {
    this.#parts = parts;
  }

  /** How many sessions have a timer. */
  get size(): number {
    return this.#cancels.size;
  }

  /** Gives every session its whole time: a new leader does not know when the last renewal was. */
  start(): void {
    this.#isRunning = true;
    for (const session of this.#parts.tables().sessions.list('')) this.#arm(session);
  }

  stop(): void {
    this.#isRunning = false;
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  /** To be called at every commit; without topics everything has changed. */
  onCommit(topics: ReadonlySet<Topic> | undefined): void {
    if (!this.#isRunning) return;
    if (topics === undefined) {
      this.stop();
      this.start();
      return;
    }
    for (const topic of topics) {
      const id = sessionIdOf(topic);
      if (id === undefined) continue;
      const session = this.#parts.tables().sessions.get(id);
      if (session === undefined) this.#disarm(id);
      else if (!this.#cancels.has(id)) this.#arm(session);
    }
  }

  /** Begins the time of a session anew. */
  renew(session: Session): void {
    if (this.#isRunning) this.#arm(session);
  }

  #arm(session: Session): void {
    const ttlMs = Number(ttlNsOf(session) / nsPerMs);
    if (ttlMs > 0) this.#wakeIn(session.ID, ttlMs * ttlFactor, 0);
  }

  #wakeIn(id: string, afterMs: number, failures: number): void {
    const key = idKey(id);
    this.#disarm(key);
    const { clock } = this.#parts;
    const cancel = clock.wakeAt(clock.nowMs() + afterMs, () => {
      // As long as nobody renews or ends the session meanwhile, this timer is still its own.
      const isCurrent = () => this.#cancels.get(key) === cancel;
      void this.#end(id, failures, isCurrent);
    });
    this.#cancels.set(key, cancel);
  }

  #disarm(key: string): void {
    this.#cancels.get(key)?.();
    this.#cancels.delete(key);
  }

  async #end(id: string, failures: number, isCurrent: () => boolean): Promise<void> {
    const { log, datacenter, report } = this.#parts;
    const body = create(SessionRequest, {
      Datacenter: datacenter,
      Op: 'destroy',
      Session: create(Session, { ID: id }),
    });
    const problem = await log.propose({ type: 3, body }).then(
      (outcome) => (outcome.kind === 'applied' ? outcome.error : outcome.kind),
      (fault: unknown) => String(fault),
    );
    report({ session: id, problem });
    if (problem === undefined || !isCurrent()) return;
    this.#wakeIn(id, retryBaseMs * 2 ** Math.min(failures, retryExponentMax), failures + 1);
  }
}

/** The TTL of a session that the endpoint has checked; 0 for none. */
function ttlNsOf({ TTL }: Session): bigint {
  if (TTL === '') return 0n;
  try {
    return parseDuration(TTL);
  } catch {
    // From a snapshot or another server's log: a session that cannot be timed does not end by time, as with Consul.
    return 0n;
  }
}
