import { withFirstOf } from '@hobnob/gossip/runtime';
import { limited } from './limited.ts';
import { LockError } from './lock-errors.ts';
import type { LockCalls, LockPorts } from './lock-ports.ts';
import { LockSession } from './lock-session.ts';
import type { ReadOptions, RequestOptions } from './read-options.ts';
import { AgentClientError } from './transport.ts';

/** What lock and semaphore have in common: a session, waiting for a turn, and watching over what is held. */

/** Options of a lock and of a semaphore. */
export interface HoldOptions {
  /** What is stored with the key, for people to see who holds it. Default: nothing. */
  readonly value?: Uint8Array | string;
  /** Name of the session. Default: `Consul API Lock` or `Consul API Semaphore`. */
  readonly sessionName?: string;
  /** How long the session lives without a renewal, in ms: 10,000 to 86,400,000. Default 15,000. */
  readonly sessionTtlMs?: number;
  /** Id of a session of the caller's, which is neither renewed nor ended here. Default: one of its own. */
  readonly session?: string;
  /** How long one request waits for the holder to go, in ms, and `tryAcquire` in all. Default 15,000. */
  readonly waitMs?: number;
  /** How often a failed look at what is held is repeated before it counts as lost. Default 0. */
  readonly monitorRetries?: number;
  /** The pause before each, in ms. Default 2,000. */
  readonly monitorRetryMs?: number;
  readonly datacenter?: string;
  readonly token?: string;
}

/** Something that is held. Disposing of it releases it. */
export interface Held extends AsyncDisposable {
  /** Id of the session that holds it. */
  readonly session: string;
  /**
   * Aborts when it is lost: the session ended, another one has it, or nobody can be asked. Also after `release`. The reason is
   * a LockError: CLIENT_LOCK_LOST or CLIENT_LOCK_RELEASED.
   */
  readonly signal: AbortSignal;
  /** Lets others have it; within 15 s, also when the agent is silent. @throws AgentClientError when it may be held still. */
  release(): Promise<void>;
}

/** Ends a wait. */
export interface AcquireOptions {
  /** Ends the wait; the call rejects with its reason when the session has ended, or 15 s later when the agent is silent. */
  readonly signal?: AbortSignal;
}

/** What an attempt found. */
export type Attempt =
  | { readonly kind: 'held' }
  /** Another session holds it: wait for a change after this index. */
  | { readonly kind: 'wait'; readonly index: bigint }
  /** A lock delay is in force: nothing changes when it ends. */
  | { readonly kind: 'delayed' }
  | { readonly kind: 'retry' };

/** One kind of thing that can be held. */
export interface Kind {
  readonly sessionName: string;
  /** What becomes of its keys when the session ends. */
  readonly behavior: 'release' | 'delete';
  /** Tries once. */
  attempt(session: string, read: ReadOptions): Promise<Attempt>;
  /** Whether it is held, and the index to wait for a change. */
  look(session: string, read: ReadOptions): Promise<{ readonly isHeld: boolean; readonly index: bigint }>;
  /** Gives it up, if the session has it. */
  release(session: string, signal: AbortSignal): Promise<void>;
}

/** Source: Consul api/lock.go, DefaultLockRetryTime. */
const delayedRetryMs = 5_000;
const waitMsDefault = 15_000;
/** How long an agent may take to hear that something is given up. */
const releaseMs = 15_000;
/** How long an agent may take to answer what waits for nothing. */
const lookMs = 15_000;

/** Where requests of a lock go. */
export function requestOptions({ datacenter, token }: HoldOptions): RequestOptions {
  return { ...(datacenter !== undefined && { datacenter }), ...(token !== undefined && { token }) };
}

export interface HoldParts {
  readonly calls: LockCalls;
  readonly ports: LockPorts;
  readonly options: HoldOptions;
  readonly kind: Kind;
}

/**
 * Waits until it is held; undefined when that took longer than `limitMs`.
 * @throws AgentClientError, LockError; the reason of the signal.
 */
export async function hold(
  { calls, ports, options, kind }: HoldParts,
  { signal = never }: AcquireOptions,
  limitMs: number,
): Promise<Held | undefined> {
  signal.throwIfAborted();
  const own =
    options.session === undefined ? await makeSession({ calls, ports, options, kind }, signal) : undefined;
  const session = own?.id ?? options.session ?? '';
  let isHeld = false;
  try {
    isHeld = await withFirstOf([signal, own?.lost], (either) =>
      waitForTurn({ ports, options, kind }, { session, signal: either, limitMs }),
    );
    if (!isHeld) return undefined;
    return watchOver({ ports, options, kind, session, own });
  } finally {
    if (!isHeld) await giveUp({ ports, kind, session, own });
  }
}

const never = new AbortController().signal;

function makeSession({ calls, ports, options, kind }: HoldParts, signal: AbortSignal): Promise<LockSession> {
  const { sessionName = kind.sessionName, sessionTtlMs = 15_000, datacenter, token } = options;
  return LockSession.create(
    calls,
    ports,
    { name: sessionName, ttlMs: sessionTtlMs, behavior: kind.behavior, datacenter, token },
    signal,
  );
}

/** A wait that ended leaves nothing behind: what may have been taken meanwhile goes with the session. */
async function giveUp({
  ports,
  kind,
  session,
  own,
}: Pick<HoldParts, 'ports' | 'kind'> & SessionParts): Promise<void> {
  if (own !== undefined) {
    await own.end();
    return;
  }
  await limited(ports, releaseMs, never, (signal) => kind.release(session, signal)).catch(
    (error: unknown) => {
      // The agent cannot be reached, and the caller hears of that already.
      if (!(error instanceof AgentClientError)) throw error;
    },
  );
}

interface SessionParts {
  readonly session: string;
  /** Undefined for a session of the caller's. */
  readonly own: LockSession | undefined;
}

async function waitForTurn(
  { ports, options, kind }: Pick<HoldParts, 'ports' | 'options' | 'kind'>,
  {
    session,
    signal,
    limitMs,
  }: { readonly session: string; readonly signal: AbortSignal; readonly limitMs: number },
): Promise<boolean> {
  const { waitMs = waitMsDefault } = options;
  const begunMs = ports.nowMs();
  let index: bigint | undefined;
  for (let attempts = 0; ; attempts += 1) {
    signal.throwIfAborted();
    const leftMs = limitMs - (ports.nowMs() - begunMs);
    if (attempts > 0 && leftMs <= 0) return false;
    const query = {
      ...requestOptions(options),
      waitMs: Math.max(1, Math.min(waitMs, leftMs)),
      ...(index !== undefined && { index }),
    };
    const attempt = (each: AbortSignal) => kind.attempt(session, { ...query, signal: each });
    const found = await limited(ports, query.waitMs + lookMs, signal, attempt);
    index = undefined;
    if (found.kind === 'held') return true;
    if (found.kind === 'wait') index = found.index;
    if (found.kind === 'delayed') await ports.pause(Math.min(delayedRetryMs, Math.max(1, leftMs)), signal);
  }
}

function watchOver({
  ports,
  options,
  kind,
  session,
  own,
}: Pick<HoldParts, 'ports' | 'options' | 'kind'> & SessionParts): Held {
  const lost = new AbortController();
  const ended = new AbortController();
  const lose = (reason: unknown): void => lost.abort(reason);
  let isTaken = false;
  if (own?.lost.aborted === true) lose(own.lost.reason);
  own?.lost.addEventListener('abort', () => lose(own.lost.reason), { once: true });
  const watching = monitor({ ports, options, kind }, session, ended.signal).then(
    () => {
      if (ended.signal.aborted) return;
      isTaken = true;
      lose(new LockError('CLIENT_LOCK_LOST', 'the session does not hold it any more'));
    },
    (cause: unknown) => {
      if (ended.signal.aborted) return;
      const text = `it is unknown whether it is held: ${cause instanceof Error ? cause.message : String(cause)}`;
      lose(new LockError('CLIENT_LOCK_LOST', text, { cause }));
    },
  );
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    const deadlineMs = ports.nowMs() + releaseMs;
    ended.abort();
    await watching;
    try {
      // Who could not ask whether it is held may hold it still.
      if (!isTaken) await limited(ports, releaseMs, never, (signal) => kind.release(session, signal));
    } finally {
      await own?.end(deadlineMs - ports.nowMs());
      lose(new LockError('CLIENT_LOCK_RELEASED', 'it was released'));
    }
  };
  const releaseOnce = (): Promise<void> => {
    released ??= release();
    return released;
  };
  return { session, signal: lost.signal, release: releaseOnce, [Symbol.asyncDispose]: releaseOnce };
}

/** Resolves when it is not held any more, or `signal` has aborted. */
async function monitor(
  { ports, options, kind }: Pick<HoldParts, 'ports' | 'options' | 'kind'>,
  session: string,
  signal: AbortSignal,
): Promise<void> {
  const { monitorRetries = 0, monitorRetryMs = 2_000 } = options;
  let index: bigint | undefined;
  let retries = monitorRetries;
  while (!signal.aborted) {
    try {
      const look = (each: AbortSignal) =>
        kind.look(session, {
          ...requestOptions(options),
          consistency: 'consistent',
          signal: each,
          ...(index !== undefined && { index }),
        });
      // One that waits has a deadline of its own.
      const looked = index === undefined ? limited(ports, lookMs, signal, look) : look(signal);
      const { isHeld, index: found } = await looked;
      if (!isHeld) return;
      retries = monitorRetries;
      index = found;
    } catch (error) {
      if (signal.aborted) return;
      if (!isTransient(error) || retries === 0) throw error;
      retries -= 1;
      index = undefined;
      await ports.pause(monitorRetryMs, signal);
    }
  }
}

/** Whether asking again may help: the agent is away, or its servers are. Source: Consul api, IsRetryableError. */
function isTransient(error: unknown): boolean {
  return error instanceof AgentClientError && (error.code === 'CLIENT_CONNECTION' || error.status >= 500);
}
