import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startGroup } from './start-child.ts';

/** Real programs: what is asked of the system cannot be seen otherwise. */

function run(script: string, stdin = '') {
  const chunks: Uint8Array[] = [];
  let onFirst: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    onFirst = resolve;
  });
  const child = startGroup({
    argv: ['/bin/sh', '-c', script],
    env: { HOBNOB_TEST: 'v' },
    stdin: Buffer.from(stdin),
    onOutput: (chunk) => {
      chunks.push(chunk);
      onFirst();
    },
  });
  return { child, first, output: () => Buffer.concat(chunks).toString() };
}

test('a program gets its input and environment, and its output is handed on before its end', async () => {
  const { child, output } = run('cat; echo "$HOBNOB_TEST"; echo bad >&2; exit 3', 'in\n');
  expect(await child.ended).toEqual({ type: 'exited', code: 3 });
  expect(output().split('\n').toSorted()).toEqual(['', 'bad', 'in', 'v']);
});

test('a program that reads no input ends like any other', async () => {
  const { child } = run('exit 0', 'x'.repeat(1 << 20));
  expect(await child.ended).toEqual({ type: 'exited', code: 0 });
});

test('a signal reaches the programs that it has started', async () => {
  const { child, first, output } = run('sleep 600 & echo $!; wait');
  await first;
  expect(child.kill('SIGKILL')).toBeUndefined();
  expect(await child.ended).toEqual({ type: 'killed', signal: 'SIGKILL' });
  const pid = Number(output());
  expect(pid).toBeGreaterThan(1);
  await untilGone(pid);
});

test('a program left behind neither holds up the end nor keeps this process alive', async () => {
  const pipes = () => process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length;
  const before = pipes();
  const { child, output } = run('sleep 600 & echo $!');
  expect(await child.ended).toEqual({ type: 'exited', code: 0 });
  expect(pipes()).toBe(before);
  expect(Number(output())).toBeGreaterThan(1);
  child.kill('SIGKILL');
  await untilGone(Number(output()));
});

test.each([
  [['/none/x'], 'fork/exec /none/x: no such file or directory'],
  [['none-such'], 'exec: "none-such": executable file not found in $PATH'],
  [[''], 'fork/exec : no such file or directory'],
  [['/bin/echo', 'a\0b'], 'fork/exec /bin/echo: invalid argument'],
])('%j cannot be started', async (argv, problem) => {
  const child = startGroup({ argv, env: {}, stdin: Buffer.alloc(0), onOutput: () => undefined });
  expect(await child.ended).toEqual({ type: 'not-started', problem: expect.stringContaining(problem) });
  expect(child.kill('SIGTERM')).toBe('it does not run');
});

/** The test's time limit ends this when the process stays. A zombie is gone: its parent is the system's. */
async function untilGone(pid: number): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined || / Z /.test(stat)) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
