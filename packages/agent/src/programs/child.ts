import type { OutputPipe } from './output-pipes.ts';

/** A program to run. */
export interface ChildToStart {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** Added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** `inherit`: that of this process; `none`: empty; else these bytes. */
  readonly stdin: 'inherit' | 'none' | Uint8Array;
}

/** A program to run as the leader of a process group of its own. */
export interface GroupToStart {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** Added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** `none`: empty; else these bytes. */
  readonly stdin: 'none' | Uint8Array;
  /** What it writes to standard output and error, in the order of its arrival. */
  onOutput(chunk: Uint8Array): void;
  /**
   * How long the end of the program waits for the end of its output, which programs that it leaves behind may hold open:
   * half a second, or until all have closed it. Default `briefly`.
   */
  readonly outputWait?: 'briefly' | 'until-closed';
  /** A pipe for both outputs. Default: a socket for each. */
  readonly pipe?: OutputPipe | undefined;
}

/** How a program ended. */
export type ChildEnd =
  /** It could not be started; the reason in Go's words. */
  | { readonly type: 'not-started'; readonly problem: string }
  | { readonly type: 'exited'; readonly code: number }
  | { readonly type: 'killed'; readonly signal: string };

/** A program that runs. */
export interface Child {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly ended: Promise<ChildEnd>;
  /** Sends a signal. Returns why that was not possible. */
  kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): string | undefined;
}

/** A program that runs as the leader of a process group, to which its signals go. */
export interface ChildGroup extends Child {
  /** As `ended`, but not after the output. */
  readonly exited: Promise<ChildEnd>;
  /** Closes this end of the output, so that nobody who holds the other end keeps anything here. */
  closeOutput(): void;
}

/** How Go names signals. */
const signalNames: Readonly<Record<string, string>> = {
  SIGABRT: 'aborted',
  SIGALRM: 'alarm clock',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGHUP: 'hangup',
  SIGILL: 'illegal instruction',
  SIGINT: 'interrupt',
  SIGKILL: 'killed',
  SIGPIPE: 'broken pipe',
  SIGQUIT: 'quit',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
  SIGTRAP: 'trace/breakpoint trap',
  SIGUSR1: 'user defined signal 1',
  SIGUSR2: 'user defined signal 2',
};

/** A failed end as Go prints it: `exit status 3`, `signal: killed`; undefined for success. */
export function describeFailure(
  end: Exclude<ChildEnd, { readonly type: 'not-started' }>,
): string | undefined {
  if (end.type === 'killed') return `signal: ${signalNames[end.signal] ?? end.signal}`;
  return end.code === 0 ? undefined : `exit status ${end.code}`;
}

/**
 * The program that runs the words behind a command: they themselves, or the user's shell with all of them as one
 * script. `shell` is SHELL of the environment.
 */
export function argvOf(
  words: readonly string[],
  inShell: boolean,
  shell: string | undefined,
): readonly string[] {
  if (!inShell) return words;
  return [shell === undefined || shell === '' ? '/bin/sh' : shell, '-c', words.join(' ')];
}
