import { spawn } from 'node:child_process';
import { hasCode, systemErrorText } from '@hobnob/gossip/files';
import type { Child, ChildEnd, ChildToStart } from './child.ts';

/** Starts a program with the standard output and error of this process. */
export function startChild({ argv, env, stdin }: ChildToStart): Child {
  const [program = '', ...args] = argv;
  let started: ReturnType<typeof spawn>;
  try {
    started = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: [
        stdin instanceof Uint8Array ? 'pipe' : stdin === 'inherit' ? 'inherit' : 'ignore',
        'inherit',
        'inherit',
      ],
    });
  } catch (error) {
    // An empty name, or a NUL in an argument.
    return notStarted(program === '' ? notFound(program) : systemErrorText(error));
  }
  const ended = new Promise<ChildEnd>((resolve) => {
    started.once('error', (error) => {
      if (started.pid === undefined) resolve({ type: 'not-started', problem: describeStart(program, error) });
    });
    started.once('exit', (code, signal) => {
      resolve(signal === null ? { type: 'exited', code: code ?? 0 } : { type: 'killed', signal });
    });
  });
  // A program need not read what it is given.
  started.stdin?.on('error', () => undefined);
  if (stdin instanceof Uint8Array) started.stdin?.end(stdin);
  return { pid: started.pid, ended, kill: (signal) => sendSignal(started.pid, signal) };
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

function notFound(program: string): string {
  return `exec: ${JSON.stringify(program)}: executable file not found in $PATH`;
}
