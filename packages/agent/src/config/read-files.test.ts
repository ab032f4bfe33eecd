import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
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

test('a directory gives its JSON files in name order, without descending', async () => {
  for (const name of ['b.json', 'a.json', '10.json', 'readme.txt']) await put(name, name);
  await mkdir(join(directory, 'c.json'));
  const { files, skipped } = await readConfigFiles([directory]);
  expect(files.map(({ text }) => text)).toEqual(['10.json', 'a.json', 'b.json']);
  expect(skipped).toEqual([join(directory, 'readme.txt')]);
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

test('HCL is refused, not left out', async () => {
  await put('a.hcl', 'server = true');
  await expect(readConfigFiles([directory])).rejects.toMatchObject({ code: 'AGENT_CONFIG_FILE' });
});

test('a file of five megabytes is a mistake', async () => {
  await put('a.json', ' '.repeat(5 * 1024 * 1024));
  await expect(readConfigFiles([directory])).rejects.toThrow('has 5242880 bytes, at most 4194304 are read');
});
