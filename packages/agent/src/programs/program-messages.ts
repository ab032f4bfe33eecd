import type { ProgramToRun, RunOutcome } from './run-program.ts';

/** What the thread of programs is asked to do. */
export type ProgramTask =
  | { readonly kind: 'run'; readonly id: number; readonly program: ProgramToRun }
  /** Kills what runs; its outcome follows. */
  | { readonly kind: 'stop'; readonly id: number }
  /** Kills all; `closed` is the last reply. */
  | { readonly kind: 'close' };

/** What it answers. */
export type ProgramReply =
  | { readonly kind: 'outcome'; readonly id: number; readonly outcome: RunOutcome }
  | { readonly kind: 'gone'; readonly id: number }
  | { readonly kind: 'closed' };
