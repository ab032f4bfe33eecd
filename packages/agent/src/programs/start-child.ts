import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { hasCode, systemErrorText } from '@hobnob/gossip/files';
import type { Child, ChildEnd, ChildGroup, ChildToStart, GroupToStart } from './child.ts';

/** Starts a program with the standard output and error of this process. */
export function startChild({ argv, env, stdin }: ChildToStart): Child {
  const first = stdin instanceof Uint8Array ? 'pipe' : stdin === 'inherit' ? 'inherit' : 'ignore';
  const started = trySpawn(argv, env, { stdio: [first, 'inherit', 'inherit'] });
  if ('problem' in started) return notStarted(started.problem);
  feed(started, stdin instanceof Uint8Array ? stdin : undefined);
  return { pid: started.pid, ended: endOf(argv, started), kill: (signal) => sendSignal(started.pid, signal) };
}

/**
 * Starts a program as the leader of a process group, to which its signals go. Its end waits for the end of its output as
 * `outputWait` says.
 */
export function startGroup({
  argv,
  env,
  stdin,
  onOutput,
  outputWait = 'briefly',
  pipe,
}: GroupToStart): ChildGroup {
  const first = stdin === 'none' ? 'ignore' : 'pipe';
  const output = pipe?.writeEnd ?? 'pipe';
  const started = trySpawn(argv, env, { stdio: [first, output, output], detached: true });
  // Also without a program: a pipe that is read to its end can be used again.
  pipe?.reader.on('data', onOutput);
  pipe?.started();
  if ('problem' in started) {
    const child = notStarted(started.problem);
    return { ...child, exited: child.ended, closeOutput: () => undefined };
  }
  for (const stream of [started.stdout, started.stderr]) stream?.on('data', onOutput);
  feed(started, stdin === 'none' ? undefined : stdin);
  const outputs = [pipe?.reader, started.stdout, started.stderr];
  const { pid } = started;
  const closed = new Promise<void>(
    (resolve) => void (pipe?.reader ?? started).once('close', () => resolve()),
  );
  const exited = endOf(argv, started);
  const ended = exited.then(async (end) => {
    if (end.type === 'not-started') return end;
    if (outputWait === 'until-closed') await closed;
    else await atMost(closed, outputWaitMs);
    // Whoever holds the output open from here on does not keep this process alive.
    for (const stream of outputs) if (stream instanceof Socket) stream.unref();
    return end;
  });
  return {
    pid,
    exited,
    ended,
    kill: (signal) => sendSignal(pid === undefined ? undefined : -pid, signal),
    closeOutput: () => {
      for (const stream of outputs) stream?.destroy();
    },
  };
}

/** How long output may follow the end of its program. */
const outputWaitMs = 500;

function atMost(ended: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void ended.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function trySpawn(
  [program = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  options: SpawnOptions,
): ChildProcess | { readonly problem: string } {
  try {
    return spawn(program, args, { ...options, env: { ...process.env, ...env } });
  } catch (error) {
    if (program === '') return { problem: `fork/exec : ${noSuchFile}` };
    // A NUL in an argument, which the system would take for its end.
    if (hasCode(error, 'ERR_INVALID_ARG_VALUE')) return { problem: `fork/exec ${program}: invalid argument` };
    return { problem: systemErrorText(error) };
  }
}

function feed(started: ChildProcess, stdin: Uint8Array | undefined): void {
  // A program need not read what it is given.
  started.stdin?.on('error', () => undefined);
  if (stdin !== undefined) started.stdin?.end(stdin);
}

function endOf([program = '']: readonly string[], started: ChildProcess): Promise<ChildEnd> {
  return new Promise((resolve) => {
    started.once('error', (error) => {
      if (started.pid === undefined) resolve({ type: 'not-started', problem: describeStart(program, error) });
    });
    started.once('exit', (code, signal) => {
      resolve(signal === null ? { type: 'exited', code: code ?? 0 } : { type: 'killed', signal });
    });
  });
}

function notStarted(problem: string): Child {
  return {
    pid: undefined,
    ended: Promise.resolve({ type: 'not-started', problem }),
    kill: () => 'it does not run',
  };
}

function sendSignal(pid: number | undefined, signal: NodeJS.Signals): string | undefined {
  if (pid === undefined) return 'it does not run';
  try {
    process.kill(pid, signal);
    return undefined;
  } catch (error) {
    return systemErrorText(error);
  }
}

/** Go looks a name without slashes up itself. */
function describeStart(program: string, error: Error): string {
  const isLookedUp = !program.includes('/') && (hasCode(error, 'ENOENT') || hasCode(error, 'EACCES'));
  return isLookedUp ? notFound(program) : `fork/exec ${program}: ${systemErrorText(error)}`;
}

/** Go's text of ENOENT. */
const noSuchFile = 'no such file or directory';

function notFound(program: string): string {
  return `exec: ${JSON.stringify(program)}: executable file not found in $PATH`;
}
