import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type ProgramRun, programRunner, type RunOutcome } from './run-program.ts';
import { startGroup } from './start-child.ts';

/** Real programs: what is asked of the system cannot be seen otherwise. */

interface Running extends ProgramRun {
  /** Aborts the run. */
  readonly stop: () => void;
  /** The first that the program writes. */
  readonly first: Promise<string>;
}

function run(script: string, outputBytesMax = 4_096): Running {
  const stop = new AbortController();
  let write: (text: string) => void = () => undefined;
  const first = new Promise<string>((resolve) => {
    write = resolve;
  });
  const runner = programRunner((given) =>
    startGroup({
      ...given,
      onOutput: (chunk) => {
        given.onOutput(chunk);
        write(Buffer.from(chunk).toString());
      },
    }),
  );
  const program = { argv: ['/bin/sh', '-c', script], outputBytesMax };
  return { ...runner(program, stop.signal), stop: () => stop.abort(), first };
}

const textOf = ({ output }: RunOutcome): string => Buffer.from(output).toString();

test('a program gets no input and leaves the end of its output', async () => {
  const outcome = await run('cat; seq 1 5000; exit 3', 10).outcome;
  expect(outcome.end).toEqual({ type: 'exited', code: 3 });
  expect(textOf(outcome)).toBe('4999\n5000\n');
  expect(outcome.outputBytes).toBe(23_893);
});

test('a program is killed with what it has started, and leaves what it has written', async () => {
  const { first, stop, outcome, gone } = run('trap "" TERM; sleep 600 & echo $!; wait');
  const written = await first;
  stop();
  const left = await outcome;
  expect(left.end).toEqual({ type: 'stopped', problem: undefined });
  expect(textOf(left)).toBe(written);
  await gone;
  await untilGone(Number(written));
});

test('a program whose output is held open has not ended, and when it is stopped nothing of it stays here', async () => {
  const pipes = () => process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length;
  const before = pipes();
  const { first, stop, outcome, gone } = run('setsid sleep 600 & echo $!');
  const pid = Number(await first);
  await gone;
  stop();
  expect((await outcome).end.type).toBe('stopped');
  while (pipes() > before) await new Promise((resolve) => setImmediate(resolve));
  // It left the process group, so that the kill did not reach it.
  process.kill(pid, 'SIGKILL');
  await untilGone(pid);
});

test('a run that is stopped before it begins starts nothing', async () => {
  const none = programRunner(() => {
    throw new Error('started');
  });
  const { outcome, gone } = none({ argv: ['x'], outputBytesMax: 1 }, AbortSignal.abort());
  expect((await outcome).end.type).toBe('stopped');
  await gone;
});

test('a program that cannot be started says why', async () => {
  const { signal } = new AbortController();
  const { outcome } = programRunner(startGroup)({ argv: ['/none/x'], outputBytesMax: 1 }, signal);
  const problem = 'fork/exec /none/x: no such file or directory';
  expect((await outcome).end).toEqual({ type: 'not-started', problem });
});

/** The test's time limit ends this when the process stays. A zombie is gone: its parent is the system's. */
async function untilGone(pid: number): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined || / Z /.test(stat)) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
