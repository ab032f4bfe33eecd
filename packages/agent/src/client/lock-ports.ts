import type { KvPutOptions } from './kv-calls.ts';
import type { KvEntry } from './kv-entry.ts';
import type { LimitPorts } from './limited.ts';
import type { ReadAnswer, ReadOptions, RequestOptions } from './read-options.ts';

/** An entry as locks look at it. */
export interface LockEntry extends Pick<KvEntry, 'Key' | 'Value' | 'Flags' | 'Session' | 'ModifyIndex'> {}

/** How a write of a lock differs from a plain one. */
export interface LockPut extends RequestOptions, Pick<KvPutOptions, 'acquire' | 'release' | 'cas'> {
  readonly flags: bigint;
}

/** The calls of a client that locks are made of. */
export interface LockCalls {
  createSession(
    session: { readonly name: string; readonly ttl: string; readonly behavior: 'release' | 'delete' },
    options: RequestOptions,
  ): Promise<string>;
  /** False when there is no such session. */
  renewSession(id: string, options: RequestOptions): Promise<boolean>;
  destroySession(id: string, options: RequestOptions): Promise<void>;
  get(key: string, options: ReadOptions): Promise<ReadAnswer<LockEntry | undefined>>;
  list(prefix: string, options: ReadOptions): Promise<ReadAnswer<readonly LockEntry[]>>;
  put(key: string, value: Uint8Array, options: LockPut): Promise<boolean>;
  remove(key: string, options: RequestOptions & { readonly cas?: bigint }): Promise<boolean>;
}

/** What locks take from the process. */
export interface LockPorts extends LimitPorts {
  nowMs(): number;
  /** Resolves after the time or, at the latest, when the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** From 0 to below 1. */
  random(): number;
}
