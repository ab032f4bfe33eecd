import { mkdtemp, rm } from 'node:fs/promises';
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

async function openFile(path: string): Promise<LogStorage> {
  const { storage } = await openSnapshotFile(path);
  return storage;
}

const storages: readonly (readonly [string, () => Promise<LogStorage>])[] = [
  ['in memory', async () => new MemoryStorage()],
  ['in a file', async () => openFile(join(await newFolder(), 'snapshot'))],
  ['in a file whose folders are missing', async () => openFile(join(await newFolder(), 'a/b/snapshot'))],
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

  test('holds appended bytes in order, also after it was closed and opened', async () => {
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

  test('holds only the new content after a replacement, and appends to it', async () => {
    const storage = await open();
    await storage.append(Buffer.from('a long old content\n'));
    await storage.replace(Buffer.from('new\n'));
    expect(await textIn(storage)).toBe('new\n');
    await storage.append(Buffer.from('more\n'));
    expect(await textIn(storage)).toBe('new\nmore\n');
    await storage.close();
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
