import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { acquireLock } from './lock-file.ts';
import { ownIdentity, type ProcessIdentity } from './process-identity.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hobnob-lock-'));
  path = join(folder, 'data.lock');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const since = '2026-11-28T12:00:00.000Z';

/** Leaves the lock of another process. */
async function lockOf(holder: Partial<ProcessIdentity>): Promise<void> {
  await writeFile(path, JSON.stringify({ ...ownIdentity(), since, token: 'another', ...holder }));
}

/** Makes a file look as if it was written so long ago. */
async function age(file: string, byMs: number): Promise<void> {
  const then = new Date(Date.now() - byMs);
  await utimes(file, then, then);
}

/** The number of a process that has ended. */
function endedPid(): number {
  const { pid } = spawnSync(process.execPath, ['-e', '0']);
  return pid;
}

test('a lock names its process and is gone when it is released', async () => {
  const lock = await acquireLock(path);
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
  expect(await readdir(folder)).toEqual(['data.lock']);
  await lock.confirm();
  await lock.release();
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

test('a process that runs keeps its lock, and the refusal names it', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log(); setInterval(() => {}, 1000)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  await lockOf({ pid: child.pid ?? 0, processStart: '' });
  await expect(acquireLock(path)).rejects.toMatchObject({
    code: 'LOCK_HELD',
    message: `in use by process ${child.pid} on ${hostname()} since ${since}: stop that one first`,
    holder: { pid: child.pid, host: hostname(), since },
  });
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  expect((await acquireLock(path)).takenOverFrom).toEqual({ pid: child.pid, host: hostname(), since });
  expect(await readdir(folder)).toEqual(['data.lock']);
});

const stale: Readonly<Record<string, () => Partial<ProcessIdentity>>> = {
  'has ended': () => ({ pid: endedPid() }),
  'had our own number before us': () => ({ processStart: '1' }),
  'had our own number in a container that was started again': () => ({
    processStart: '1',
    pidNamespace: 'pid:[1]',
  }),
  'ran before this machine was started again': () => ({ bootId: 'the boot before' }),
  'has ended, under a host name that has changed since': () => ({ pid: endedPid(), host: 'old-name' }),
};

test.skipIf(ownIdentity().bootId === '').each(Object.entries(stale))(
  'the lock of a process that %s is taken over',
  async (_what, holder) => {
    await lockOf(holder());
    const lock = await acquireLock(path);
    expect(lock.takenOverFrom).toMatchObject({ since });
    await lock.confirm();
    expect(await readdir(folder)).toEqual(['data.lock']);
  },
);

describe('a process on another machine, or in another container, cannot be looked up', () => {
  const elsewhere = { host: 'db-2', bootId: 'another boot', pid: 4711 };

  test('its lock stays while it is renewed, and the refusal says what to do', async () => {
    await lockOf(elsewhere);
    await expect(acquireLock(path)).rejects.toMatchObject({
      code: 'LOCK_HELD',
      message: `in use by process 4711 on db-2 since ${since}: stop that one first; if it has ended, its lock is released after a minute`,
    });
    expect(await readdir(folder)).toEqual(['data.lock']);
  });

  test('its lock is taken over when it was not renewed for a minute', async () => {
    await lockOf(elsewhere);
    await age(path, 59_000);
    await expect(acquireLock(path)).rejects.toMatchObject({ code: 'LOCK_HELD' });
    await age(path, 61_000);
    const lock = await acquireLock(path);
    expect(lock.takenOverFrom).toMatchObject({ host: 'db-2', pid: 4711 });
    await lock.release();
  });

  test('so a holder renews its lock every ten seconds, until it releases it or loses it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const lock = await acquireLock(path);
    const ageMs = async (): Promise<number> => Date.now() - (await stat(path)).mtimeMs;
    await age(path, 61_000);
    vi.advanceTimersByTime(10_000);
    await vi.waitFor(async () => expect(await ageMs()).toBeLessThan(30_000));
    await lockOf(elsewhere);
    await age(path, 61_000);
    vi.advanceTimersByTime(10_000);
    await lock.release();
    expect(await ageMs()).toBeGreaterThan(60_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('of many that start at once one gets the lock, and one takes a stale lock over', async () => {
  for (const prepare of [async () => undefined, () => lockOf({ pid: endedPid() })]) {
    await rm(path, { force: true });
    await prepare();
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(path)));
    const got = attempts.filter(({ status }) => status === 'fulfilled');
    expect(got).toHaveLength(1);
    for (const attempt of attempts) {
      if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ code: 'LOCK_HELD' });
    }
    expect(await readdir(folder)).toEqual(['data.lock']);
  }
});

test('a takeover that was cut off does not stand in the way of the next', async () => {
  await lockOf({ pid: endedPid() });
  const cutOff = { ...ownIdentity(), since, token: 'cut-off', pid: endedPid() };
  await writeFile(`${path}.another.claim`, JSON.stringify(cutOff));
  await acquireLock(path);
  expect(await readdir(folder)).toEqual(['data.lock']);
});

test.each([
  '',
  'text',
  '[]',
  '{"pid":1}',
  '{"pid":-1,"host":"a","token":"b"}',
  '{"pid":1,"host":"a","token":"../x"}',
])('a file that holds %j is no lock, and stays', async (content) => {
  await writeFile(path, content);
  await expect(acquireLock(path)).rejects.toMatchObject({ code: 'LOCK_INVALID', path });
  expect(await readFile(path, 'utf8')).toBe(content);
});
