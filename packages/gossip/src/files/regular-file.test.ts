import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeRegularFile } from './regular-file.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hobnob-write-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('a file is created, and overwritten as a whole', async () => {
  const path = join(folder, 'pid');
  await writeRegularFile(path, '123456');
  await writeRegularFile(path, '12');
  expect(await readFile(path, 'utf8')).toBe('12');
});

test('a device is not written to, and a pipe without a reader does not block', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(writeRegularFile(pipe, '12')).rejects.toMatchObject({ code: 'ENXIO' });
  await expect(writeRegularFile('/dev/null', '12')).rejects.toThrow('/dev/null is not a regular file');
  await expect(writeRegularFile(folder, '12')).rejects.toMatchObject({ code: 'EISDIR' });
});
