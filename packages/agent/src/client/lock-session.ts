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

/** A session that is renewed until it is ended; `lost` aborts when nobody knows any more whether it lives. */
export class LockSession {
  readonly id: string;
  readonly #calls: LockCalls;
  readonly #ports: LockPorts;
  readonly #options: LockSessionOptions;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  readonly #renewing: Promise<void>;

  private constructor(id: string, calls: LockCalls, ports: LockPorts, options: LockSessionOptions) {
    this.id = id;
    this.#calls = calls;
    this.#ports = ports;
    this.#options = options;
    this.#renewing = this.#renew();
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
    const id = await calls.createSession(session, placeOf(options));
    return new LockSession(id, calls, ports, options);
  }

  /** Aborts when the session has ended, or may have. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Ends the session. The servers end one that cannot be told when its time has passed. */
  async end(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    await this.#renewing;
    await this.#calls.destroySession(this.id, placeOf(this.#options)).catch((error: unknown) => {
      if (!(error instanceof AgentClientError)) throw error;
    });
  }

  async #renew(): Promise<void> {
    const { signal } = this.#ended;
    const { ttlMs } = this.#options;
    let renewedMs = this.#ports.nowMs();
    let pauseMs = ttlMs / 2;
    while (!signal.aborted) {
      await this.#ports.pause(pauseMs, signal);
      if (signal.aborted) return;
      const state = await this.#renewOnce(signal);
      if (signal.aborted) return;
      if (state === 'renewed') {
        renewedMs = this.#ports.nowMs();
        pauseMs = ttlMs / 2;
        continue;
      }
      if (state === 'gone' || this.#ports.nowMs() - renewedMs > ttlMs) {
        this.#lost.abort(new Error(`session ${this.id} has ended`));
        return;
      }
      pauseMs = retryMs;
    }
  }

  async #renewOnce(signal: AbortSignal): Promise<'renewed' | 'gone' | 'unknown'> {
    try {
      const isThere = await this.#calls.renewSession(this.id, { ...placeOf(this.#options), signal });
      return isThere ? 'renewed' : 'gone';
    } catch (error) {
      if (signal.aborted || error instanceof AgentClientError) return 'unknown';
      throw error;
    }
  }
}

function placeOf({ datacenter, token }: LockSessionOptions): { datacenter?: string; token?: string } {
  return { ...(datacenter !== undefined && { datacenter }), ...(token !== undefined && { token }) };
}

/** As Go's clients write it, for people who list sessions. */
function goTtl(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
