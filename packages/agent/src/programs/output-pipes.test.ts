import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OutputPipes } from './output-pipes.ts';
import { startGroup } from './start-child.ts';

/** Real pipes and programs: what is asked of the system cannot be seen otherwise. */

let parent: string;
let pipes: OutputPipes;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'hobnob-pipes-'));
  pipes = new OutputPipes(parent);
});

afterEach(() => {
  pipes.close();
  expect(readdirSync(parent)).toEqual([]);
  rmSync(parent, { recursive: true });
});

function run(script: string, argv = ['/bin/sh', '-c', script]) {
  const chunks: Uint8Array[] = [];
  const pipe = pipes.open();
  if (pipe === undefined) throw new Error('no pipe');
  const closed = new Promise<void>((resolve) => void pipe.reader.once('close', () => resolve()));
  const group = startGroup({
    argv,
    env: {},
    stdin: 'none',
    onOutput: (chunk) => void chunks.push(chunk),
    outputWait: 'until-closed',
    pipe,
  });
  return { group, closed, output: () => Buffer.concat(chunks).toString() };
}

/** The pipes that are kept. */
const kept = (): string[] =>
  readdirSync(parent, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/'));

test('both outputs are one pipe, in order, which the program can open by its names', async () => {
  const script = 'echo a; echo b >&2; echo c >/dev/stderr; echo d >/dev/stdout; exit 3';
  const { group, output } = run(script);
  expect(await group.ended).toEqual({ type: 'exited', code: 3 });
  expect(output()).toBe('a\nb\nc\nd\n');
});

test('much is read to its end, and no more than a pipe holds waits here', async () => {
  const { group, output } = run('seq 1 100000');
  expect(await group.ended).toEqual({ type: 'exited', code: 0 });
  expect(output()).toHaveLength(588_895);
});

test('a pipe is used again once all its writers have closed it, and not before', async () => {
  const first = run('setsid sleep 600 & echo $!');
  await first.group.exited;
  while (first.output() === '') await new Promise((resolve) => setImmediate(resolve));
  first.group.closeOutput();
  await first.closed;
  expect(kept()).toHaveLength(7);
  for (let n = 0; n < 20; n += 1) {
    const { group, closed, output } = run(`echo ${n}`);
    await group.ended;
    await closed;
    expect(output()).toBe(`${n}\n`);
  }
  expect(kept()).toHaveLength(7);
  process.kill(Number(first.output()), 'SIGKILL');
});

test('a program that cannot be started leaves its pipe to the next', async () => {
  const { group, closed } = run('', ['/none/x']);
  expect((await group.ended).type).toBe('not-started');
  await closed;
  const next = run('echo x');
  await next.group.ended;
  expect(next.output()).toBe('x\n');
});

test('a folder that was removed is made anew', async () => {
  await run('true').group.ended;
  for (const name of readdirSync(parent)) rmSync(join(parent, name), { recursive: true });
  const { group, output } = run('echo x');
  await group.ended;
  expect(output()).toBe('x\n');
});
