import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defined, localOnFakes, remote } from '../../test/local-on-fakes.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hobnob-scripts-'));
});

afterEach(() => rm(folder, { recursive: true }));

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A check whose program writes its process id, and then does what `then` says. */
function scriptCheck(then: string) {
  const file = join(folder, 'pid');
  const script = `echo $$ > ${file}.new; mv ${file}.new ${file}; ${then}`;
  const fields = { Name: 'c', ScriptArgs: ['/bin/sh', '-c', script], Interval: 10_000_000_000n };
  return { check: defined(fields, { allowsScripts: true }), file };
}

/** The test's time limit ends this when nothing is written. */
async function pidIn(file: string): Promise<number> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return Number(text);
    await nextTurn();
  }
}

/** The test's time limit ends this when the process stays. A zombie is gone: its parent is the system's. */
async function untilGone(pid: number): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined || / Z /.test(stat)) return;
    await nextTurn();
  }
}

test('the program of a check is run, and its result is registered', async () => {
  const { port, local, clock } = await localOnFakes();
  const { check } = scriptCheck('echo so so; exit 1');
  await port.registerCheck(check, remote);
  clock.advance(5_000);
  while (port.checks().get('c')?.checkedAtMs === undefined) await nextTurn();
  expect(port.checks().get('c')?.record).toMatchObject({ Status: 'warning', Output: 'so so\n' });
  await local.close();
});

test.each(['removed', 'closed'])('a program that runs is killed when its check is %s', async (how) => {
  const { port, local, clock } = await localOnFakes();
  const { check, file } = scriptCheck('exec sleep 600');
  await port.registerCheck(check, remote);
  clock.advance(5_000);
  const pid = await pidIn(file);
  if (how === 'removed') await port.deregisterCheck('c');
  else await local.close();
  await untilGone(pid);
  await local.close();
});
