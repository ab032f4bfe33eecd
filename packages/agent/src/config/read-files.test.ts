import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfigFiles } from './read-files.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hobnob-config-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const put = (name: string, text = '{}'): Promise<void> => writeFile(join(directory, name), text);

test('a directory gives its files in name order, without descending', async () => {
  for (const name of ['b.json', 'a.hcl', '10.json', 'readme.txt']) await put(name, name);
  await mkdir(join(directory, 'c.json'));
  const { files, skipped } = await readConfigFiles([directory]);
  expect(files.map(({ text }) => text)).toEqual(['10.json', 'a.hcl', 'b.json']);
  expect(files.map(({ format }) => format)).toEqual(['json', 'hcl', 'json']);
  expect(skipped).toEqual([join(directory, 'readme.txt')]);
  const all = await readConfigFiles([directory], 'hcl');
  expect(all.files.map(({ text, format }) => [text, format])).toEqual(
    ['10.json', 'a.hcl', 'b.json', 'readme.txt'].map((name) => [name, 'hcl']),
  );
  expect(all.skipped).toEqual([]);
});

test('the order given is kept', async () => {
  await put('a.json', 'a');
  await put('b.json', 'b');
  const { files } = await readConfigFiles([join(directory, 'b.json'), join(directory, 'a.json')]);
  expect(files.map(({ text }) => text)).toEqual(['b', 'a']);
});

test('a missing file is named in the words of Consul', async () => {
  const path = join(directory, 'nosuch.json');
  await expect(readConfigFiles([path])).rejects.toMatchObject({
    code: 'AGENT_CONFIG_FILE',
    message: `config: Open failed on ${path}. open ${path}: no such file or directory`,
  });
});

test('HCL that is not UTF-8 is refused', async () => {
  await writeFile(join(directory, 'a.hcl'), Buffer.from([0x23, 0xff]));
  await expect(readConfigFiles([directory])).rejects.toMatchObject({
    code: 'AGENT_CONFIG_FILE',
    message: `${join(directory, 'a.hcl')} is not written in UTF-8`,
  });
});

test('a file of five megabytes is a mistake', async () => {
  await put('a.json', ' '.repeat(5 * 1024 * 1024));
  await expect(readConfigFiles([directory])).rejects.toThrow('has more than 4194304 bytes');
});

test('a named pipe in a directory is refused without waiting for its writer', async () => {
  execFileSync('mkfifo', [join(directory, 'other.pipe')]);
  expect((await readConfigFiles([directory])).skipped).toEqual([join(directory, 'other.pipe')]);
  execFileSync('mkfifo', [join(directory, 'a.json')]);
  await expect(readConfigFiles([directory])).rejects.toMatchObject({
    code: 'AGENT_CONFIG_FILE',
    message: `${join(directory, 'a.json')} is not a regular file`,
  });
});

test('a device is read like a file, within the limit', async () => {
  await symlink('/dev/null', join(directory, 'a.json'));
  expect((await readConfigFiles([directory])).files.map(({ text }) => text)).toEqual(['']);
  await symlink('/dev/zero', join(directory, 'b.json'));
  await expect(readConfigFiles([directory])).rejects.toThrow('b.json has more than 4194304 bytes');
});

test('a link to itself is named', async () => {
  const path = join(directory, 'a.json');
  await symlink('a.json', path);
  await expect(readConfigFiles([directory])).rejects.toThrow(`open ${path}: too many links`);
});

test('files that are removed while their directory is read are not missed', async () => {
  const names = Array.from({ length: 200 }, (_, i) => `${i}.json`);
  await Promise.all(names.map((name) => put(name)));
  const reading = readConfigFiles([directory]);
  await Promise.all(names.map((name) => rm(join(directory, name))));
  expect((await reading).files.length).toBeLessThan(200);
  await symlink('nosuch', join(directory, 'a.json'));
  await expect(readConfigFiles([directory])).rejects.toThrow('no such file or directory');
});
