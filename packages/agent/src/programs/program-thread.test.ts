import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { ProgramThread, startWorker } from './program-thread.ts';
import type { ProgramRun } from './run-program.ts';

/** The built thread and real programs: what is asked of the system cannot be seen otherwise. */

const open: ProgramThread[] = [];

afterEach(async () => {
  for (const thread of open.splice(0)) await thread.close();
});

function opened(start?: () => Worker): ProgramThread {
  const thread = new ProgramThread(start);
  open.push(thread);
  return thread;
}

const never = (): AbortSignal => new AbortController().signal;

function run(thread: ProgramThread, script: string, signal = never()): ProgramRun {
  return thread.run({ argv: ['/bin/sh', '-c', script], outputBytesMax: 4_096 }, signal);
}

async function told({ outcome }: ProgramRun): Promise<string> {
  const { end, output, outputBytes } = await outcome;
  return `${JSON.stringify(end)} ${Buffer.from(output)} ${outputBytes}`;
}

test('programs are run beside each other, each with its own outcome', async () => {
  const thread = opened();
  const runs = [run(thread, 'sleep 0.2; echo a'), run(thread, 'echo b; exit 2')];
  const missing = thread.run({ argv: ['none-such'], outputBytesMax: 1 }, never());
  expect(await Promise.all(runs.map(told))).toEqual([
    '{"type":"exited","code":0} a\n 2',
    '{"type":"exited","code":2} b\n 2',
  ]);
  expect(await told(missing)).toContain('executable file not found in $PATH');
  await Promise.all([...runs, missing].map(({ gone }) => gone));
});

test('a program is killed when its signal aborts', async () => {
  const stop = new AbortController();
  const thread = opened();
  const stopped = run(thread, 'sleep 600', stop.signal);
  // What is asked later is answered later: the program runs by then.
  expect(await told(run(thread, 'echo x'))).toContain('x');
  stop.abort();
  expect((await stopped.outcome).end).toEqual({ type: 'stopped', problem: undefined });
  await stopped.gone;
});

test('closing kills what runs, and no program is started any more', async () => {
  const thread = opened();
  const folder = await mkdtemp(join(tmpdir(), 'hobnob-thread-'));
  const file = join(folder, 'pid');
  const running = run(thread, `echo $$ > ${file}.new; mv ${file}.new ${file}; sleep 600`);
  const pid = await untilWritten(file);
  await rm(folder, { recursive: true });
  await thread.close();
  await thread.close();
  expect((await running.outcome).end.type).toBe('stopped');
  await running.gone;
  await untilGone(pid);
  expect((await run(thread, 'exit 0').outcome).end.type).toBe('stopped');
});

test('a thread that does not answer is ended', async () => {
  const silent = "require('node:worker_threads').parentPort.on('message', () => undefined)";
  const thread = opened(() => new Worker(silent, { eval: true }));
  const running = run(thread, 'exit 0');
  await thread.close();
  expect((await running.outcome).end.type).toBe('stopped');
  await running.gone;
});

test('a thread that was not needed is closed without being begun', async () => {
  const thread = opened(() => {
    throw new Error('begun');
  });
  expect((await run(thread, 'exit 0', AbortSignal.abort()).outcome).end.type).toBe('stopped');
  await thread.close();
});

test('a thread that ends unasked fails what runs, and the next run begins another', async () => {
  const broken =
    "require('node:worker_threads').parentPort.on('message', () => { throw new Error('a fault'); })";
  const starts: (() => Worker)[] = [() => new Worker(broken, { eval: true })];
  const thread = opened(() => {
    const start = starts.shift() ?? startWorker;
    return start();
  });
  const failed = run(thread, 'echo x');
  expect((await failed.outcome).end).toEqual({
    type: 'not-started',
    problem: 'the thread that starts programs has ended: Error: a fault',
  });
  await failed.gone;
  expect(await told(run(thread, 'echo x'))).toContain('x');
});

/** The test's time limit ends this when the process stays. A zombie is gone: its parent is the system's. */
async function untilGone(pid: number): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined || / Z /.test(stat)) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function untilWritten(file: string): Promise<number> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return Number(text);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
