import { TailBuffer } from '../checks/output.ts';
import type { ChildEnd, ChildGroup, GroupToStart } from './child.ts';

/** A program that is run for what it writes and how it ends. It gets no input and the environment of this process. */
export interface ProgramToRun {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** How many bytes of its output are kept: the last ones. */
  readonly outputBytesMax: number;
}

/** How a run ended: as its program did, or because it was stopped. */
export type RunEnd = ChildEnd | StoppedEnd;

interface StoppedEnd {
  readonly type: 'stopped';
  /** Why its process group could not be killed. */
  readonly problem: string | undefined;
}

/** What a run leaves. */
export interface RunOutcome {
  readonly end: RunEnd;
  /** Standard output and error in the order of arrival, limited. */
  readonly output: Uint8Array;
  /** How many bytes were written in all. */
  readonly outputBytes: number;
}

/** One run. Neither promise rejects. */
export interface ProgramRun {
  /** Settles when the program has ended and nobody holds its output open any more, or at once when the signal aborts. */
  readonly outcome: Promise<RunOutcome>;
  /** Settles when the program itself is gone: after an abort that may be later. */
  readonly gone: Promise<void>;
}

/** Runs a program as the leader of a process group, which is killed when the signal aborts. */
export type RunProgram = (program: ProgramToRun, signal: AbortSignal) => ProgramRun;

/** Runs programs as children of this thread. */
export function programRunner(startGroup: (given: GroupToStart) => ChildGroup): RunProgram {
  return ({ argv, outputBytesMax }, signal) => {
    const output = new TailBuffer(outputBytesMax);
    const leave = (end: RunEnd): RunOutcome => ({
      end,
      output: output.bytes(),
      outputBytes: output.totalBytes,
    });
    if (signal.aborted) {
      const stopped = leave({ type: 'stopped', problem: undefined });
      return { outcome: Promise.resolve(stopped), gone: Promise.resolve() };
    }
    const group = startGroup({
      argv,
      env: {},
      stdin: 'none',
      onOutput: (chunk) => output.write(chunk),
      outputWait: 'until-closed',
    });
    const outcome = new Promise<RunOutcome>((resolve) => {
      const stop = (): void => {
        const problem = group.kill('SIGKILL');
        resolve(leave({ type: 'stopped', problem }));
        group.closeOutput();
      };
      signal.addEventListener('abort', stop, { once: true });
      void group.ended.then((end) => {
        signal.removeEventListener('abort', stop);
        resolve(leave(end));
      });
    });
    return { outcome, gone: group.exited.then(() => undefined) };
  };
}
