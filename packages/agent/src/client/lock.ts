import { bytesOfValue, checkHolding } from './arguments.ts';
import {
  type AcquireOptions,
  type Attempt,
  type Held,
  type HoldOptions,
  hold,
  type Kind,
  requestOptions,
} from './holding.ts';
import { LockError } from './lock-errors.ts';
import type { LockCalls, LockEntry, LockPorts } from './lock-ports.ts';
import type { ReadOptions } from './read-options.ts';

/** What locks of every client have as the flags of their key. Source: Consul api/lock.go, LockFlagValue. */
const lockFlags = 0x2ddccbc058a50c18n;

/** A lock that one process of all has at a time: this client's, and those of Consul's own clients. */
export interface Lock {
  /**
   * Waits until it is held.
   * @throws AgentClientError; LockError CLIENT_LOCK_CONFLICT, or CLIENT_LOCK_LOST when the session ends during the wait; the
   * reason of the signal.
   */
  acquire(options?: AcquireOptions): Promise<Held>;
  /** As `acquire`, for at most `waitMs`, by default that of the lock (15,000); undefined when another one holds it still. */
  tryAcquire(options?: AcquireOptions & { readonly waitMs?: number }): Promise<Held | undefined>;
  /** Removes the key. @throws LockError CLIENT_LOCK_IN_USE when it is held, CLIENT_LOCK_CONFLICT when it is no lock. */
  destroy(): Promise<void>;
}

/** A lock on `key`, compatible with Consul's Go client. @throws AgentClientError CLIENT_ARGUMENT */
export function createLock(key: string, options: HoldOptions, calls: LockCalls, ports: LockPorts): Lock {
  checkHolding('key', key, options);
  const kind = lockKind(key, options, calls);
  const parts = { calls, ports, options, kind };
  const tryFor = (acquire: AcquireOptions, limitMs: number) => hold(parts, acquire, limitMs);
  return {
    async acquire(acquire = {}) {
      const held = await tryFor(acquire, Number.POSITIVE_INFINITY);
      if (held === undefined) throw new LockError('CLIENT_LOCK_NOT_HELD', 'Lock not held');
      return held;
    },
    tryAcquire: ({ waitMs = options.waitMs ?? 15_000, ...acquire } = {}) => tryFor(acquire, waitMs),
    destroy: () => destroyLock(key, options, calls),
  };
}

function lockKind(key: string, options: HoldOptions, calls: LockCalls): Kind {
  const value = bytesOfValue(options.value ?? '');
  const request = requestOptions(options);
  const read = async (query: ReadOptions) => {
    const { value: entry, index } = await calls.get(key, query);
    checkFlags(entry);
    return { entry, index };
  };
  return {
    sessionName: 'Consul API Lock',
    behavior: 'release',
    async attempt(session, query): Promise<Attempt> {
      const { entry, index } = await read(query);
      if (entry?.Session === session) return { kind: 'held' };
      if (entry !== undefined && entry.Session !== '') return { kind: 'wait', index };
      const signal = query.signal === undefined ? {} : { signal: query.signal };
      const put = { ...request, ...signal, flags: lockFlags, acquire: session };
      if (await calls.put(key, value, put)) return { kind: 'held' };
      const { entry: holder, index: since } = await read({ ...request, ...signal });
      return holder !== undefined && holder.Session !== ''
        ? { kind: 'wait', index: since }
        : { kind: 'delayed' };
    },
    async look(session, query) {
      const { value: entry, index } = await calls.get(key, query);
      return { isHeld: entry?.Session === session, index };
    },
    async release(session, signal) {
      await calls.put(key, value, { ...request, signal, flags: lockFlags, release: session });
    },
  };
}

function checkFlags(entry: LockEntry | undefined): void {
  if (entry === undefined || entry.Flags === lockFlags) return;
  throw new LockError('CLIENT_LOCK_CONFLICT', 'Existing key does not match lock use');
}

async function destroyLock(key: string, options: HoldOptions, calls: LockCalls): Promise<void> {
  const request = requestOptions(options);
  const { value: entry } = await calls.get(key, request);
  if (entry === undefined) return;
  checkFlags(entry);
  const isRemoved = entry.Session === '' && (await calls.remove(key, { ...request, cas: entry.ModifyIndex }));
  if (!isRemoved) throw new LockError('CLIENT_LOCK_IN_USE', 'Lock in use');
}
