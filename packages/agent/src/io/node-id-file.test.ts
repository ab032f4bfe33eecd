import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isUuid } from '../config/node-checks.ts';
import { loadNodeId } from './node-id-file.ts';

const given = 'b066b514-af1b-72db-500c-3c7808742e7e';
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hobnob-id-'));
});

afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

test('the first start makes an id and keeps it as Consul does: 36 bytes, for the owner only', async () => {
  const nested = join(dataDir, 'new', 'directory');
  const id = await loadNodeId({ dataDir: nested, nodeId: '' });
  expect(isUuid(id)).toBe(true);
  expect(await readFile(join(nested, 'node-id'), 'utf8')).toBe(id);
  expect((await stat(join(nested, 'node-id'))).mode & 0o777).toBe(0o600);
  expect(await readdir(nested)).toEqual(['node-id']);
  expect(await loadNodeId({ dataDir: nested, nodeId: '' })).toBe(id);
});

test('a configured id wins and is kept', async () => {
  await loadNodeId({ dataDir, nodeId: '' });
  expect(await loadNodeId({ dataDir, nodeId: given })).toBe(given);
  expect(await loadNodeId({ dataDir, nodeId: '' })).toBe(given);
});

test('a line end and upper case are forgiven', async () => {
  await writeFile(join(dataDir, 'node-id'), `${given.toUpperCase()}\n`);
  expect(await loadNodeId({ dataDir, nodeId: '' })).toBe(given);
});

test.each(['garbage', ''])('a damaged file ("%s") is refused and left as it is', async (text) => {
  await writeFile(join(dataDir, 'node-id'), text);
  await expect(loadNodeId({ dataDir, nodeId: '' })).rejects.toMatchObject({
    code: 'AGENT_DATA_DIR',
    message: `NodeID in ${dataDir}/node-id is invalid: "${text}" is not a UUID: restore it, or remove the file to get a new id`,
  });
  expect(await readFile(join(dataDir, 'node-id'), 'utf8')).toBe(text);
});

test('a data directory that is a file is refused by name', async () => {
  const file = join(dataDir, 'file');
  await writeFile(file, '');
  await expect(loadNodeId({ dataDir: file, nodeId: '' })).rejects.toMatchObject({
    code: 'AGENT_DATA_DIR',
    message: `data_dir "${file}" is not a directory`,
  });
  await expect(loadNodeId({ dataDir: join(file, 'below'), nodeId: '' })).rejects.toMatchObject({
    code: 'AGENT_DATA_DIR',
    message: `Error getting info on data_dir: stat ${file}/below: not a directory`,
  });
});

test.skipIf(!existsSync('/proc/self'))('a place where nothing can be made is refused, and soon', async () => {
  await expect(loadNodeId({ dataDir: '/proc/nope', nodeId: '' })).rejects.toMatchObject({
    code: 'AGENT_DATA_DIR',
    message: 'failed to setup node ID: mkdir /proc/nope: no such file or directory',
  });
});

test('without a data directory the id is new every time, or the configured one', async () => {
  const one = await loadNodeId({ dataDir: '', nodeId: '' });
  expect(await loadNodeId({ dataDir: '', nodeId: '' })).not.toBe(one);
  expect(await loadNodeId({ dataDir: '', nodeId: given })).toBe(given);
});
