import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSnapshotFile } from '../src/io/snapshot-file.ts';
import type { LogStorage } from '../src/ports.ts';
import { MemoryStorage } from './memory-storage.ts';

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hobnob-snapshot-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const storages: readonly (readonly [string, () => Promise<LogStorage>])[] = [
  ['in memory', async () => new MemoryStorage()],
  ['in a file', async () => openSnapshotFile(join(await newFolder(), 'snapshot'))],
  [
    'in a file whose folders are missing',
    async () => openSnapshotFile(join(await newFolder(), 'a/b/snapshot')),
  ],
];

async function textIn(storage: LogStorage): Promise<string | undefined> {
  const bytes = await storage.read();
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

describe.each(storages)('a log %s', (_where, open) => {
  test('has nothing to read at first', async () => {
    const storage = await open();
    expect(await storage.read()).toBeUndefined();
    await storage.sync();
    await storage.close();
  });

  test('keeps what is appended, in order, after being closed and again', async () => {
    const storage = await open();
    await storage.append(Buffer.from('one\n'));
    await storage.append(Buffer.from('two\n'));
    await storage.sync();
    await storage.close();
    await storage.append(Buffer.from('three\n'));
    await storage.close();
    await storage.close();
    expect(await textIn(storage)).toBe('one\ntwo\nthree\n');
  });

  test('has nothing but the new content when that took its place, and goes on from there', async () => {
    const storage = await open();
    await storage.append(Buffer.from('a long old content\n'));
    await storage.replace(Buffer.from('new\n'));
    expect(await textIn(storage)).toBe('new\n');
    await storage.append(Buffer.from('more\n'));
    expect(await textIn(storage)).toBe('new\nmore\n');
    await storage.close();
  });
});

describe('a snapshot file', () => {
  test('is replaced as a whole: nothing of what a crash left beside it gets in', async () => {
    const folder = await newFolder();
    const path = join(folder, 'snapshot');
    await writeFile(path, 'old\n');
    await writeFile(`${path}.compact`, 'half of something much longer than the new content');
    const storage = openSnapshotFile(path);
    expect(await textIn(storage)).toBe('old\n');
    await storage.replace(Buffer.from('new\n'));
    expect(await readFile(path, 'utf8')).toBe('new\n');
    expect(await readdir(folder)).toEqual(['snapshot']);
    await storage.close();
  });

  test('that cannot be replaced stays as it was', async () => {
    const folder = await newFolder();
    const path = join(folder, 'snapshot');
    const storage = openSnapshotFile(path);
    await storage.append(Buffer.from('old\n'));
    await mkdir(`${path}.compact`);
    await expect(storage.replace(Buffer.from('new\n'))).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await textIn(storage)).toBe('old\n');
    await storage.append(Buffer.from('more\n'));
    expect(await textIn(storage)).toBe('old\nmore\n');
    await storage.close();
  });

  test('that is a device is refused before anything replaces it', async () => {
    await expect(openSnapshotFile('/dev/null').read()).rejects.toThrow('/dev/null is not a regular file');
  });

  test('that is a folder cannot be read, and says so', async () => {
    const storage = openSnapshotFile(await newFolder());
    await expect(storage.read()).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

test('a crash of the storage in memory loses what was not synced', async () => {
  const storage = new MemoryStorage();
  await storage.append(Buffer.from('safe\n'));
  await storage.sync();
  await storage.append(Buffer.from('lost\n'));
  storage.crash();
  expect(storage.text).toBe('safe\n');
});
