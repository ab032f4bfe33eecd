import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDirectory } from './paths.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hobnob-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('creates missing folders and keeps existing ones', async () => {
  const path = join(folder, 'a', 'b', 'c');
  await Promise.all([makeDirectory(path, 0o700), makeDirectory(path, 0o700)]);
  await makeDirectory(path, 0o755);
  const info = await stat(path);
  expect([info.isDirectory(), info.mode & 0o777]).toEqual([true, 0o700]);
});

test('fails below a file, and at a file', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  await expect(makeDirectory(join(file, 'x'), 0o755)).rejects.toMatchObject({ code: 'EEXIST', path: file });
  await expect(makeDirectory(file, 0o755)).rejects.toMatchObject({ code: 'EEXIST' });
});

test.skipIf(!existsSync('/proc/self'))('fails where the file system allows no new folder', async () => {
  await expect(makeDirectory('/proc/nope/x', 0o755)).rejects.toMatchObject({
    code: 'ENOENT',
    path: '/proc/nope',
  });
});
