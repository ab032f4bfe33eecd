import { limited } from './limited.ts';
import { LockError } from './lock-errors.ts';
import type { LockCalls, LockPorts } from './lock-ports.ts';
import { AgentClientError } from './transport.ts';

/** How the session of a lock is made. */
export interface LockSessionOptions {
  readonly name: string;
  readonly ttlMs: number;
  /** What becomes of its keys when it ends. */
  readonly behavior: 'release' | 'delete';
  readonly datacenter?: string | undefined;
  readonly token?: string | undefined;
}

/** After a failed renewal the next one comes sooner. Source: Consul api/session.go, RenewPeriodic. */
const retryMs = 1_000;
/** How long an agent may take to make a session, and to end it. */
const createMs = 15_000;
const endMs = 15_000;

/** A session that is renewed until it is ended; `lost` aborts when nobody knows any more whether it lives. */
export class LockSession {
  readonly id: string;
  readonly #calls: LockCalls;
  readonly #ports: LockPorts;
  readonly #options: LockSessionOptions;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  readonly #renewing: Promise<void>;

  private constructor(
    id: string,
    calls: LockCalls,
    ports: LockPorts,
    options: LockSessionOptions,
    sentMs: number,
  ) {
    this.id = id;
    this.#calls = calls;
    this.#ports = ports;
    this.#options = options;
    this.#renewing = this.#renew(sentMs);
  }

  /** Rejects with the reason of the signal at once; a session that is made all the same is ended then. */
  static create(
    calls: LockCalls,
    ports: LockPorts,
    options: LockSessionOptions,
    signal: AbortSignal,
  ): Promise<LockSession> {
    const making = LockSession.#make(calls, ports, options);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal.reason);
        // What fails now is of no concern to a caller who has gone.
        making.then((session) => session.end()).catch(() => undefined);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      making.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  static async #make(calls: LockCalls, ports: LockPorts, options: LockSessionOptions): Promise<LockSession> {
    const { name, ttlMs, behavior } = options;
    const session = { name, ttl: goTtl(ttlMs), behavior };
    const sentMs = ports.nowMs();
    const id = await limited(ports, createMs, never, (signal) =>
      calls.createSession(session, { ...placeOf(options), signal }),
    );
    return new LockSession(id, calls, ports, options, sentMs);
  }

  /** Aborts with a LockError CLIENT_LOCK_LOST when the session has ended, or may have. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Ends the session, within `limitMs`. The servers end one that cannot be told when its time has passed. */
  async end(limitMs = endMs): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    await this.#renewing;
    if (limitMs <= 0) return;
    await limited(this.#ports, limitMs, never, (signal) =>
      this.#calls.destroySession(this.id, { ...placeOf(this.#options), signal }),
    ).catch((error: unknown) => {
      if (!(error instanceof AgentClientError)) throw error;
    });
  }

  /** The servers end a session one TTL after its last renewal at the earliest: until then it lives, whoever answers. */
  async #renew(sentMs: number): Promise<void> {
    const { signal } = this.#ended;
    const { ttlMs } = this.#options;
    let aliveUntilMs = sentMs + ttlMs;
    let pauseMs = this.#untilRenewalMs();
    while (!signal.aborted) {
      await this.#ports.pause(Math.min(pauseMs, aliveUntilMs - this.#ports.nowMs()), signal);
      if (signal.aborted) return;
      const askedMs = this.#ports.nowMs();
      const state = askedMs < aliveUntilMs ? await this.#renewOnce(aliveUntilMs - askedMs, signal) : 'gone';
      if (signal.aborted) return;
      if (state === 'gone') {
        this.#lost.abort(new LockError('CLIENT_LOCK_LOST', `session ${this.id} has ended`));
        return;
      }
      pauseMs = state === 'renewed' ? this.#untilRenewalMs() : retryMs;
      if (state === 'renewed') aliveUntilMs = askedMs + ttlMs;
    }
  }

  /** Up to a tenth sooner than half of the TTL, so that many sessions are not renewed in step. */
  #untilRenewalMs(): number {
    return (this.#options.ttlMs / 2) * (1 - this.#ports.random() / 10);
  }

  async #renewOnce(limitMs: number, outer: AbortSignal): Promise<'renewed' | 'gone' | 'unknown'> {
    try {
      const isThere = await limited(this.#ports, limitMs, outer, (signal) =>
        this.#calls.renewSession(this.id, { ...placeOf(this.#options), signal }),
      );
      return isThere ? 'renewed' : 'gone';
    } catch (error) {
      if (outer.aborted || error instanceof AgentClientError) return 'unknown';
      throw error;
    }
  }
}

const never = new AbortController().signal;

function placeOf({ datacenter, token }: LockSessionOptions): { datacenter?: string; token?: string } {
  return { ...(datacenter !== undefined && { datacenter }), ...(token !== undefined && { token }) };
}

/** As Go's clients write it, for people who list sessions. */
function goTtl(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
