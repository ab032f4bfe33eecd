import { type Child, type ChildEnd, type ChildToStart, describeFailure } from '@hobnob/agent/programs';
import type { CliIo } from '../io.ts';

/** A program that runs while a lock is held. */
export interface HeldRun {
  readonly child: ChildToStart;
  /** Aborts when the lock is lost. */
  readonly lost: AbortSignal;
  /** Aborts when this command is asked to stop. */
  readonly stop: AbortSignal;
  /** Called at once with what passes a signal on to the program. */
  onStarted(send: (signal: 'SIGINT' | 'SIGTERM') => void): void;
  /** For -verbose. */
  say(text: string): void;
  readonly io: Pick<CliIo, 'startChild' | 'stderr' | 'wakeAfter'>;
}

/**
 * How long a program may go on after SIGTERM. Nobody can take a lost lock for 15 s, so that the program is gone before
 * another one starts. Source: Consul command/lock/lock.go, lockKillGracePeriod.
 */
const graceMs = 5_000;

/** Runs the program to its end, and ends it when the lock is lost or a stop is asked for. Resolves with whether it failed by itself. */
export async function runWhileHeld(run: HeldRun): Promise<boolean> {
  const { say, io } = run;
  say('Starting handler');
  if (run.child.stdin === 'inherit') say('Stdin passed to handler process');
  const child = io.startChild(run.child);
  run.onStarted((signal) => {
    const problem = child.kill(signal);
    if (problem !== undefined) io.stderr(`Warning, could not forward signal: ${problem}\n`);
  });
  const ended = child.ended.then((end) => {
    const problem = problemOf(end);
    if (problem !== undefined) io.stderr(`Error ${problem}\n`);
    return { type: 'ended', hasFailed: problem !== undefined } as const;
  });
  const first = await Promise.race([ended, whenAborted(run.stop, 'stop'), whenAborted(run.lost, 'lost')]);
  if (typeof first === 'object') {
    say('Child terminated, releasing lock');
    return first.hasFailed;
  }
  say(first === 'stop' ? 'Shutdown triggered, killing child' : 'Lock lost, killing child');
  await endChild(child, ended, run);
  return false;
}

function problemOf(end: ChildEnd): string | undefined {
  if (end.type === 'not-started') return `starting handler: ${end.problem}`;
  const failure = describeFailure(end);
  return failure === undefined ? undefined : `running handler: ${failure}`;
}

function whenAborted<T>(signal: AbortSignal, what: T): Promise<T> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(what);
    else signal.addEventListener('abort', () => resolve(what), { once: true });
  });
}

/** First asks the program to end, then ends it. Resolves when it has ended, or when even that took too long. */
async function endChild(child: Child, ended: Promise<unknown>, { say, io }: HeldRun): Promise<void> {
  const { pid } = child;
  if (pid === undefined) {
    say('No child process to kill');
    return;
  }
  say(`Terminating child pid ${pid}`);
  if (!send(child, 'SIGTERM', `Failed to terminate ${pid}`, io)) return;
  if (await endsWithin(ended, io)) {
    say('Child terminated');
    return;
  }
  say(`Child did not exit after grace period of ${graceMs / 1000}s`);
  say(`Killing child pid ${pid}`);
  if (send(child, 'SIGKILL', `Failed to kill ${pid}`, io)) await endsWithin(ended, io);
}

function send(
  child: Child,
  signal: 'SIGTERM' | 'SIGKILL',
  failure: string,
  io: Pick<CliIo, 'stderr'>,
): boolean {
  const problem = child.kill(signal);
  if (problem === undefined) return true;
  io.stderr(`${failure}: ${problem}\n`);
  return false;
}

async function endsWithin(ended: Promise<unknown>, io: Pick<CliIo, 'wakeAfter'>): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = io.wakeAfter(graceMs, () => resolve(false));
    void ended.then(() => {
      cancel();
      resolve(true);
    });
  });
}
