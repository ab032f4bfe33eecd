import type { LogEntry } from '../log/log-store.ts';

/** What the log's thread is asked to do. */
export type WorkerRequest = { readonly id: number } & WorkerTask;

export type WorkerTask =
  | { readonly kind: 'open' }
  | { readonly kind: 'append'; readonly entries: readonly LogEntry[] }
  /** Removes the entries from one index to another, and notes what was compacted last. */
  | { readonly kind: 'remove'; readonly from: number; readonly to: number; readonly base: string | undefined }
  | { readonly kind: 'hard-state'; readonly text: string }
  | { readonly kind: 'read'; readonly from: number; readonly countMax: number }
  | { readonly kind: 'close' };

/** What it answers. */
export interface WorkerReply {
  readonly id: number;
  readonly value: unknown;
  readonly error: string | undefined;
}

/** What was found when the log was opened. */
export interface WorkerOpened {
  readonly firstKey: Uint8Array | undefined;
  readonly last: LogEntry | undefined;
  readonly hardState: string | undefined;
  readonly base: string | undefined;
}
