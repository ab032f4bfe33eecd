import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Logger } from '../ports.ts';
import { KeyringFile } from './keyring-file.ts';
import { openKeyring } from './open-keyring.ts';

const keyA = new Uint8Array(16).fill(1);
const keyB = new Uint8Array(32).fill(2);
const base64 = (key: Uint8Array): string => Buffer.from(key).toString('base64');
const failed = { code: 'GOSSIP_KEYRING_FILE' };

let folder = '';
let path = '';
let warnings: string[] = [];
const quiet = (): void => undefined;
const logger: Logger = {
  error: quiet,
  warn: (_fields, message) => warnings.push(message),
  info: quiet,
  debug: quiet,
  trace: quiet,
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hobnob-keyring-'));
  path = join(folder, 'local.keyring');
  warnings = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the key ring file', () => {
  test('has the format of serf and is readable by its owner only, and no other file is left', async () => {
    const file = new KeyringFile(path);
    await Promise.all([file.save([keyA]), file.save([keyA, keyB]), file.save([keyB, keyA])]);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual([base64(keyB), base64(keyA)]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['local.keyring']);
    expect((await file.load())?.keys.map(base64)).toEqual([base64(keyB), base64(keyA)]);
  });

  test('that cannot be written stays as it was, and later writes follow', async () => {
    const file = new KeyringFile(join(folder, 'missing', 'ring'));
    await expect(file.save([keyA])).rejects.toMatchObject(failed);
    await expect(file.save([keyB])).rejects.toMatchObject(failed);
    await file.idle();
    expect(await readdir(folder)).toEqual([]);
  });

  test('behind a link is written at the target of the link', async () => {
    const real = join(folder, 'real');
    await new KeyringFile(real).save([keyA]);
    await symlink('real', path);
    await new KeyringFile(path).save([keyB]);
    expect(await readlink(path)).toBe('real');
    expect((await new KeyringFile(real).load())?.keys.map(base64)).toEqual([base64(keyB)]);
  });

  test('that is a folder, a device or a pipe is refused by name, without waiting', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const [place, what] of [
      [folder, 'is a folder, not a file'],
      ['/dev/full', 'is not a regular file'],
      [pipe, 'is not a regular file'],
    ] as const) {
      await expect(new KeyringFile(place).load()).rejects.toMatchObject({
        ...failed,
        message: `the key ring file ${place} cannot be read: ${place} ${what}`,
      });
    }
  });

  test.skipIf(!existsSync('/sys/kernel'))(
    'where nothing can be written is refused at the start',
    async () => {
      await expect(new KeyringFile('/sys/local.keyring').save([keyA])).rejects.toMatchObject({
        ...failed,
        message: expect.stringMatching(/^the key ring file \/sys\/local\.keyring cannot be written: E/),
      });
    },
  );

  test.for(['', '{}', '[]', '["AAAA"]', '[1]', '["not base64!"]', '["c2VjcmV0c2VjcmV0"'])(
    'that holds %s is refused without quoting it',
    async (content) => {
      await writeFile(path, content);
      const error = await new KeyringFile(path).load().catch((thrown: Error) => thrown);
      expect(error).toMatchObject(failed);
      expect((error as Error).message).not.toContain('c2VjcmV0');
    },
  );

  test('that cannot be written, as a mounted secret, is used with a warning, and a change reports that it was not stored', async () => {
    await new KeyringFile(path).save([keyA]);
    // A name so long that the temporary file beside it cannot be made; permissions do not stop root.
    const long = join(folder, 'r'.repeat(250));
    await rename(path, long);
    const file = new KeyringFile(long);
    expect((await openKeyring(file, [], logger)).keys.map(base64)).toEqual([base64(keyA)]);
    expect(warnings).toEqual([
      'the key ring file is read-only: changes of the keys are lost when this member stops',
    ]);
    await expect(file.save([keyB])).rejects.toMatchObject(failed);
    expect(await readdir(folder)).toEqual(['r'.repeat(250)]);
  });

  test('overrules configured keys, with a warning, and is created when it is missing', async () => {
    const file = new KeyringFile(path);
    const opened = async (configured: readonly Uint8Array[]) => {
      const { keys, isOverruled } = await openKeyring(file, configured, logger);
      return { keys: keys.map(base64), isOverruled };
    };
    await expect(opened([])).rejects.toMatchObject(failed);
    expect(await opened([keyA])).toEqual({ keys: [base64(keyA)], isOverruled: false });
    expect(await opened([keyA])).toEqual({ keys: [base64(keyA)], isOverruled: false });
    expect(await opened([])).toEqual({ keys: [base64(keyA)], isOverruled: false });
    expect(warnings).toEqual([]);
    expect(await opened([keyB])).toEqual({ keys: [base64(keyA)], isOverruled: true });
    expect(warnings).toEqual(['the key ring file differs from the configured keys; the file wins']);
  });
});
