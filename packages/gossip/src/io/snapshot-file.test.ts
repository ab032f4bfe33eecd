import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSnapshotFile } from './snapshot-file.ts';

const line = 'clock: 7\n';
const onLinux = existsSync('/proc/self');
let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hobnob-snapshot-'));
  path = join(folder, 'pool.snapshot');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function refusal(of: string): Promise<Error> {
  return openSnapshotFile(of).then(
    () => new Error('it was opened'),
    (error: Error) => error,
  );
}

describe('a snapshot file', () => {
  test('is locked while it is open, and opening and closing it changes nothing else', async () => {
    const { storage } = await openSnapshotFile(path);
    expect(await readdir(folder)).toEqual(['pool.snapshot.lock']);
    await storage.close();
    expect(await readdir(folder)).toEqual([]);
    await writeFile(path, line);
    const again = await openSnapshotFile(path);
    await again.storage.close();
    expect(await readdir(folder)).toEqual(['pool.snapshot']);
    expect(await readFile(path, 'utf8')).toBe(line);
  });

  test('is refused to a second process, with the pid and the host of the first', async () => {
    const { storage } = await openSnapshotFile(path);
    const error = await refusal(join(folder, '.', 'pool.snapshot'));
    expect(error).toMatchObject({ code: 'LOCK_HELD', holder: { pid: process.pid } });
    expect(error.message).toMatch(/^in use by this process since \d{4}-.*: stop that one first$/);
    await storage.append(Buffer.from(line));
    await storage.close();
    expect(await readFile(path, 'utf8')).toBe(line);
  });

  test('is replaced as a whole, without the temporary file of an earlier crash', async () => {
    await writeFile(path, line);
    await writeFile(`${path}.compact`, 'half of something much longer than the new content');
    const { storage } = await openSnapshotFile(path);
    await storage.replace(Buffer.from('new\n'));
    await storage.close();
    expect(await readFile(path, 'utf8')).toBe('new\n');
    expect(await readdir(folder)).toEqual(['pool.snapshot']);
  });

  test('that cannot be replaced stays as it was', async () => {
    const { storage } = await openSnapshotFile(path);
    await storage.append(Buffer.from(line));
    await mkdir(`${path}.compact`);
    await expect(storage.replace(Buffer.from('new\n'))).rejects.toThrow(`${path}.compact`);
    await storage.append(Buffer.from('more\n'));
    await storage.close();
    expect(await readFile(path, 'utf8')).toBe(`${line}more\n`);
  });

  test('behind a link is written at the target of the link, also when there is no file yet', async () => {
    const real = join(folder, 'kept', 'real');
    await symlink(join('kept', 'real'), path);
    const { storage } = await openSnapshotFile(path);
    expect(await refusal(real)).toMatchObject({ code: 'LOCK_HELD' });
    await storage.replace(Buffer.from(line));
    await storage.close();
    expect(await readFile(real, 'utf8')).toBe(line);
    expect(await readlink(path)).toBe(join('kept', 'real'));
  });

  test('that is removed or replaced while it is open fails an append, and can be replaced', async () => {
    const { storage } = await openSnapshotFile(path);
    await storage.append(Buffer.from(line));
    await rm(folder, { recursive: true });
    await expect(storage.append(Buffer.from(line))).rejects.toMatchObject({ code: 'ENOENT' });
    await storage.replace(Buffer.from(line));
    expect((await readdir(folder)).toSorted()).toEqual(['pool.snapshot', 'pool.snapshot.lock']);
    await storage.append(Buffer.from(line));
    await rm(path);
    await writeFile(path, 'of another process\n');
    await expect(storage.append(Buffer.from(line))).rejects.toThrow('was replaced by another file');
    await storage.close();
  });

  test('whose lock another process took is not written any more', async () => {
    const { storage } = await openSnapshotFile(path);
    await rm(`${path}.lock`);
    const other = await openSnapshotFile(path);
    await expect(storage.replace(Buffer.from(line))).rejects.toMatchObject({ code: 'LOCK_HELD' });
    await storage.close();
    expect(await refusal(path)).toMatchObject({ code: 'LOCK_HELD' });
    await other.storage.close();
  });
});

describe('a path that is not a regular file is refused at once, by name, and not changed:', () => {
  test('a file of another program', async () => {
    await writeFile(path, '{"name":"settings"}');
    expect((await refusal(path)).message).toContain(`${path} holds no line of a snapshot`);
    expect(await readFile(path, 'utf8')).toBe('{"name":"settings"}');
    expect(await readdir(folder)).toEqual(['pool.snapshot']);
  });

  test('a folder, and a path below a file', async () => {
    expect((await refusal(folder)).message).toBe(`${folder} is a folder, not a file`);
    await writeFile(path, line);
    expect((await refusal(join(path, 'below'))).message).toContain(path);
  });

  test('a link to itself', async () => {
    await symlink('pool.snapshot', path);
    expect(await refusal(path)).toMatchObject({ code: 'ELOOP', path });
  });

  test('a name that is too long', async () => {
    expect(await refusal(join(folder, 'a'.repeat(300)))).toMatchObject({ code: 'ENAMETOOLONG' });
    expect(await refusal(join(folder, 'a'.repeat(250)))).toMatchObject({ code: 'ENAMETOOLONG' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('a file at the path of the lock that is not a lock', async () => {
    await writeFile(`${path}.lock`, 'mine');
    expect(await refusal(path)).toMatchObject({ code: 'LOCK_INVALID' });
    expect(await readFile(`${path}.lock`, 'utf8')).toBe('mine');
    expect(await readdir(folder)).toEqual(['pool.snapshot.lock']);
  });

  test.skipIf(!onLinux)('a device, a link to one, and pipes, without waiting', async () => {
    expect((await refusal('/dev/null')).message).toBe('/dev/null is not a regular file');
    await symlink('/dev/full', join(folder, 'link'));
    expect((await refusal(join(folder, 'link'))).message).toBe('/dev/full is not a regular file');
    execFileSync('mkfifo', [path]);
    expect((await refusal(path)).message).toBe(`${path} is not a regular file`);
    execFileSync('mkfifo', [join(folder, 'other.lock')]);
    expect((await refusal(join(folder, 'other'))).message).toBe(`${folder}/other.lock is not a regular file`);
  });

  test.skipIf(!onLinux).each(['/proc/nope/pool.snapshot', '/proc/pool.snapshot', '/sys/pool.snapshot'])(
    '%s, in a file system where nothing can be made',
    async (place) => {
      const error = await refusal(place);
      expect(error.message).toMatch(/^(ENOENT|EACCES|EPERM|EROFS): /);
      expect(error.message).toContain(`'${place.slice(0, 9)}`);
    },
  );
});
