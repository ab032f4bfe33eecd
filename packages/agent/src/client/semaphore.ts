import { bytesOfValue, checkHolding, checkLimit } from './arguments.ts';
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
import { isRecord } from './transport.ts';

/** What semaphores of every client have as the flags of their keys. Source: Consul api/semaphore.go, SemaphoreFlagValue. */
const semaphoreFlags = 0xe0f69a2baa414de0n;
const lockName = '.lock';

/** Options of a semaphore. */
export interface SemaphoreOptions extends HoldOptions {
  /** How many may hold it at a time; the same for all who use it. */
  readonly limit: number;
}

/** A semaphore that several processes hold at a time: this client's, and those of Consul's own clients. */
export interface Semaphore {
  /**
   * Waits for a slot.
   * @throws AgentClientError; LockError CLIENT_LOCK_CONFLICT, or CLIENT_LOCK_LOST when the session ends during the wait; the
   * reason of the signal.
   */
  acquire(options?: AcquireOptions): Promise<Held>;
  /** As `acquire`, for at most `waitMs`, by default that of the semaphore (15,000); undefined when no slot was free. */
  tryAcquire(options?: AcquireOptions & { readonly waitMs?: number }): Promise<Held | undefined>;
  /** Removes the key of the slots. @throws LockError CLIENT_LOCK_IN_USE when one is taken, CLIENT_LOCK_CONFLICT when it is no semaphore. */
  destroy(): Promise<void>;
}

/** Who has a slot, as it is stored: JSON. */
interface Slots {
  readonly Limit: number;
  readonly Holders: Readonly<Record<string, boolean>>;
}

/** A semaphore below `prefix`, compatible with Consul's Go client. @throws AgentClientError CLIENT_ARGUMENT */
export function createSemaphore(
  prefix: string,
  options: SemaphoreOptions,
  calls: LockCalls,
  ports: LockPorts,
): Semaphore {
  checkHolding('prefix', prefix, options);
  checkLimit(options.limit);
  const newKeys = () => new SemaphoreKeys(prefix, options, calls);
  const tryFor = (acquire: AcquireOptions, limitMs: number) =>
    hold({ calls, ports, options, kind: semaphoreKind(newKeys()) }, acquire, limitMs);
  return {
    async acquire(acquire = {}) {
      const held = await tryFor(acquire, Number.POSITIVE_INFINITY);
      if (held === undefined) throw new LockError('CLIENT_LOCK_NOT_HELD', 'Semaphore not held');
      return held;
    },
    tryAcquire: ({ waitMs = options.waitMs ?? 15_000, ...acquire } = {}) => tryFor(acquire, waitMs),
    destroy: () => newKeys().destroy(),
  };
}

function semaphoreKind(keys: SemaphoreKeys): Kind {
  return {
    sessionName: 'Consul API Semaphore',
    // The key of one who wanted a slot goes with it.
    behavior: 'delete',
    async attempt(session, query): Promise<Attempt> {
      await keys.enter(session, query);
      const { slots, modifyIndex, index } = await keys.read(query);
      if (slots.Holders[session] === true) return { kind: 'held' };
      if (Object.keys(slots.Holders).length >= slots.Limit) return { kind: 'wait', index };
      const Holders = { ...slots.Holders, [session]: true };
      const isWritten = await keys.write({ ...slots, Holders }, modifyIndex, query.signal);
      return { kind: isWritten ? 'held' : 'retry' };
    },
    async look(session, query) {
      const { slots, index } = await keys.read(query);
      return { isHeld: slots.Holders[session] === true, index };
    },
    release: (session, signal) => keys.leave(session, signal),
  };
}

/** The keys of one semaphore as one who wants a slot uses them: one for the slots, and one for each who wants a slot. */
class SemaphoreKeys {
  readonly #prefix: string;
  readonly #options: SemaphoreOptions;
  readonly #calls: LockCalls;
  /** Whether the key of the one who wants a slot has been made. */
  #hasEntered = false;

  constructor(prefix: string, options: SemaphoreOptions, calls: LockCalls) {
    this.#prefix = prefix.replace(/\/*$/, '');
    this.#options = options;
    this.#calls = calls;
  }

  /** Makes the key that lives as long as the session: who has none is dead. */
  async enter(session: string, { signal }: ReadOptions): Promise<void> {
    if (this.#hasEntered) return;
    const value = bytesOfValue(this.#options.value ?? '');
    const isMade = await this.#calls.put(`${this.#prefix}/${session}`, value, {
      ...requestOptions(this.#options),
      ...(signal !== undefined && { signal }),
      flags: semaphoreFlags,
      acquire: session,
    });
    if (!isMade) throw new LockError('CLIENT_LOCK_CONFLICT', 'failed to make contender entry');
    this.#hasEntered = true;
  }

  /** The slots of those who live. */
  async read(query: ReadOptions): Promise<{ slots: Slots; modifyIndex: bigint; index: bigint }> {
    const { value: entries, index } = await this.#calls.list(`${this.#prefix}/`, query);
    const entry = entries.find(({ Key }) => Key === this.#lockKey);
    const slots = this.#slotsOf(entry);
    const alive = new Set(entries.map(({ Session }) => Session).filter((session) => session !== ''));
    const Holders = Object.fromEntries(
      Object.entries(slots.Holders).filter(([session]) => alive.has(session)),
    );
    return { slots: { ...slots, Holders }, modifyIndex: entry?.ModifyIndex ?? 0n, index };
  }

  write(slots: Slots, cas: bigint, signal: AbortSignal | undefined): Promise<boolean> {
    const value = bytesOfValue(JSON.stringify(slots));
    const request = { ...requestOptions(this.#options), ...(signal !== undefined && { signal }) };
    return this.#calls.put(this.#lockKey, value, { ...request, flags: semaphoreFlags, cas });
  }

  async leave(session: string, signal: AbortSignal): Promise<void> {
    const request = { ...requestOptions(this.#options), signal };
    for (;;) {
      const { slots, modifyIndex } = await this.read(request);
      if (slots.Holders[session] !== true) break;
      const { [session]: _own, ...Holders } = slots.Holders;
      if (await this.write({ ...slots, Holders }, modifyIndex, signal)) break;
    }
    await this.#calls.remove(`${this.#prefix}/${session}`, request);
  }

  async destroy(): Promise<void> {
    const request = requestOptions(this.#options);
    const { slots, modifyIndex } = await this.read(request);
    if (modifyIndex === 0n) return;
    const isFree = Object.keys(slots.Holders).length === 0;
    const isRemoved = isFree && (await this.#calls.remove(this.#lockKey, { ...request, cas: modifyIndex }));
    if (!isRemoved) throw new LockError('CLIENT_LOCK_IN_USE', 'Semaphore in use');
  }

  get #lockKey(): string {
    return `${this.#prefix}/${lockName}`;
  }

  #slotsOf(entry: LockEntry | undefined): Slots {
    const { limit } = this.#options;
    if (entry === undefined) return { Limit: limit, Holders: {} };
    if (entry.Flags !== semaphoreFlags) {
      throw new LockError('CLIENT_LOCK_CONFLICT', 'Existing key does not match semaphore use');
    }
    const slots = entry.Value.length === 0 ? { Limit: limit, Holders: {} } : decode(entry.Value);
    if (slots.Limit === limit) return slots;
    const text = `semaphore limit conflict (lock: ${slots.Limit}, local: ${limit})`;
    throw new LockError('CLIENT_LOCK_CONFLICT', text);
  }
}

function decode(value: Uint8Array): Slots {
  let slots: unknown;
  try {
    slots = JSON.parse(Buffer.from(value).toString('utf8'));
  } catch (cause) {
    throw new LockError('CLIENT_LOCK_CONFLICT', 'lock decoding failed: it is not JSON', { cause });
  }
  if (!isRecord(slots) || typeof slots['Limit'] !== 'number') {
    throw new LockError('CLIENT_LOCK_CONFLICT', 'lock decoding failed: it has no limit');
  }
  const { Limit, Holders } = slots;
  return { Limit, Holders: isRecord(Holders) ? (Holders as Record<string, boolean>) : {} };
}
