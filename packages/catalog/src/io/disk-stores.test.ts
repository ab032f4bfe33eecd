import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logStoreContract, snapshotStoreContract } from '../../test/log-store-contract.ts';
import { FileSnapshotStore } from './file-snapshot-store.ts';
import { LmdbLogStore } from './lmdb-log-store.ts';

let root: string;
let placesCount = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hobnob-log-'));
});

afterAll(() => rm(root, { recursive: true }));

const newFolder = (): string => {
  placesCount += 1;
  return join(root, String(placesCount));
};

describe('a log in LMDB', () => {
  logStoreContract(async () => {
    const folder = newFolder();
    return () => LmdbLogStore.open(folder);
  });

  test('takes entries as large as transactions are, and many of them', async () => {
    const folder = newFolder();
    const store = await LmdbLogStore.open(folder);
    const data = new Uint8Array(600_000).fill(7);
    const entries = Array.from({ length: 40 }, (_, at) => ({
      index: at + 1,
      term: 1,
      kind: 'command' as const,
      data,
    }));
    await store.append(entries);
    expect(Buffer.from((await store.read(40, 1))[0]?.data ?? []).equals(data)).toBe(true);
    await store.close();
    await expect(store.append([{ index: 41, term: 1, kind: 'noop', data }])).rejects.toMatchObject({
      code: 'CATALOG_CLOSED',
    });
  });

  test('is compacted in steps, between which entries are added', async () => {
    const folder = newFolder();
    let store = await LmdbLogStore.open(folder);
    const entry = (index: number) => ({ index, term: 1, kind: 'noop' as const, data: new Uint8Array(0) });
    await store.append(Array.from({ length: 5000 }, (_, at) => entry(at + 1)));
    const order: string[] = [];
    const compacting = store.compact({ index: 4999, term: 1 }).then(() => order.push('compacted'));
    await store.append([entry(5001)]);
    order.push('added');
    await compacting;
    expect(order).toEqual(['added', 'compacted']);
    expect((await store.read(0, 10)).map(({ index }) => index)).toEqual([5000, 5001]);
    // An older compaction that ends later changes nothing.
    await store.compact({ index: 9000, term: 3 });
    await store.compact({ index: 5001, term: 1 });
    await store.close();
    store = await LmdbLogStore.open(folder);
    expect([store.firstIndex, store.last]).toEqual([9001, { index: 9000, term: 3 }]);
    await store.close();
  });

  test('that cannot be opened is refused with the reason', async () => {
    const folder = newFolder();
    await writeFile(folder, 'no folder');
    await expect(LmdbLogStore.open(folder)).rejects.toMatchObject({
      code: 'CATALOG_DISK',
      message: expect.stringContaining('the log cannot be used: EEXIST'),
    });
    const looped = newFolder();
    await mkdir(looped);
    await symlink('data.mdb', join(looped, 'data.mdb'));
    await expect(LmdbLogStore.open(looped)).rejects.toMatchObject({ code: 'CATALOG_DISK' });
    const broken = newFolder();
    await (await LmdbLogStore.open(broken)).close();
    const file = join(broken, 'data.mdb');
    const { length } = await readFile(file);
    for (const bytes of [100, 4096, length - 1]) {
      await truncate(file, bytes);
      await expect(LmdbLogStore.open(broken)).rejects.toMatchObject({ code: 'CATALOG_DISK' });
    }
    await writeFile(file, Buffer.alloc(8192, 1));
    await expect(LmdbLogStore.open(broken)).rejects.toThrow('data.mdb is no file of LMDB');
  });
});

describe('snapshots in files', () => {
  snapshotStoreContract(async () => {
    const folder = newFolder();
    return () => FileSnapshotStore.open(folder);
  });

  const id = { index: 5, term: 1 };
  const write = async (folder: string): Promise<string> => {
    const store = await FileSnapshotStore.open(folder);
    const sink = await store.create({ ...id, configuration: new Uint8Array(0) });
    await sink.write(Buffer.from('some content'));
    await sink.commit();
    const [name = ''] = await readdir(folder);
    return join(folder, name);
  };
  const read = async (folder: string): Promise<string> => {
    let text = '';
    for await (const piece of (await FileSnapshotStore.open(folder)).open(id))
      text += Buffer.from(piece).toString();
    return text;
  };

  test('a file that is torn or damaged anywhere is refused as broken', async () => {
    const folder = newFolder();
    const path = await write(folder);
    const whole = await readFile(path);
    expect(await read(folder)).toBe('some content');
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      await writeFile(path, damaged);
      const found = await read(folder).catch((error: unknown) => error);
      // Index, term and configuration stand in the name and the log: a flip there may leave the content whole.
      if (typeof found === 'string') expect(found).toBe('some content');
      else expect(found).toMatchObject({ code: 'CATALOG_SNAPSHOT' });
      await writeFile(path, whole);
      await truncate(path, at);
      await expect(read(folder)).rejects.toMatchObject({ code: 'CATALOG_SNAPSHOT' });
      await writeFile(path, whole);
    }
  });

  test('one that cannot be written, or cannot get its name, leaves no file', async () => {
    const folder = newFolder();
    const store = await FileSnapshotStore.open(folder);
    const meta = { ...id, configuration: new Uint8Array(0) };
    const name = '0000000000000005-0000000000000001.snapshot';
    // A device on which nothing has room.
    await symlink('/dev/full', join(folder, `${name}.tmp`));
    const full = await store.create(meta);
    await expect(full.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'ENOSPC' });
    await full.abort();
    expect(await readdir(folder)).toEqual([]);
    await mkdir(join(folder, name));
    const nameless = await store.create(meta);
    await expect(nameless.commit()).rejects.toMatchObject({ syscall: 'rename' });
    await nameless.abort();
    expect(await readdir(folder)).toEqual([name]);
  });

  test('a file that is torn is not one of those that are kept', async () => {
    const folder = newFolder();
    const path = await write(folder);
    const store = await FileSnapshotStore.open(folder);
    await (await store.create({ index: 6, term: 1, configuration: new Uint8Array(0) })).commit();
    await truncate(path.replace('5-', '6-'), 3);
    await store.keepNewest(1, []);
    expect((await store.list()).map(({ index }) => index)).toEqual([5]);
  });

  test('a folder that cannot be used, and a file that cannot be read, are refused in words', async () => {
    const file = newFolder();
    await writeFile(file, 'no folder');
    await expect(FileSnapshotStore.open(file)).rejects.toMatchObject({
      code: 'CATALOG_DISK',
      message: expect.stringContaining('the snapshots cannot be used: EEXIST'),
    });
    const folder = newFolder();
    const path = await write(folder);
    await rm(path);
    await mkdir(path);
    await expect(read(folder)).rejects.toMatchObject({ code: 'CATALOG_SNAPSHOT' });
  });

  test('a file that was not finished is removed when the folder is opened', async () => {
    const folder = newFolder();
    const store = await FileSnapshotStore.open(folder);
    const sink = await store.create({ ...id, configuration: new Uint8Array(0) });
    await sink.write(Buffer.from('x'));
    expect(await readdir(folder)).toHaveLength(1);
    await FileSnapshotStore.open(folder);
    expect(await readdir(folder)).toEqual([]);
    await sink.abort();
  });
});
