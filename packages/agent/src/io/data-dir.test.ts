import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordingLogger } from '../../test/recording-logger.ts';
import { isUuid } from '../config/node-checks.ts';
import { openDataDir } from './data-dir.ts';

const { lines, ...logger } = recordingLogger();

/** Opens the directory as an agent does, and closes it again. */
async function loadNodeId(config: Parameters<typeof openDataDir>[0]): Promise<string> {
  const { nodeId, close } = await openDataDir(config, logger);
  await close();
  return nodeId;
}

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

test.each([
  ['garbage', '"garbage" is not a UUID'],
  ['', 'the file is empty'],
  [' \n', 'the file is empty'],
  ['\0'.repeat(36), 'the file is empty'],
])('a damaged file (%j) is refused with what to do, and left as it is', async (text, fault) => {
  await writeFile(join(dataDir, 'node-id'), text);
  await expect(loadNodeId({ dataDir, nodeId: '' })).rejects.toMatchObject({
    code: 'AGENT_DATA_DIR',
    message: `NodeID in ${dataDir}/node-id is invalid: ${fault}: restore it, or remove the file to get a new id`,
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

test('a second agent is refused the directory by name until the first has closed it', async () => {
  const first = await openDataDir({ dataDir, nodeId: '' }, logger);
  await expect(loadNodeId({ dataDir, nodeId: '' })).rejects.toMatchObject({
    code: 'AGENT_DATA_DIR',
    message: expect.stringMatching(/^data_dir ".*" is in use by this process since .*: stop that one first$/),
    cause: { code: 'LOCK_HELD', holder: { pid: process.pid } },
  });
  await first.close();
  expect(await loadNodeId({ dataDir, nodeId: '' })).toBe(first.nodeId);
  expect(await readdir(dataDir)).toEqual(['node-id']);
  expect(lines).toEqual([]);
});

test('the directory of an agent that was killed is taken over, and the log says so', async () => {
  const holder = { pid: 4711, host: hostname(), token: 'a', since: 'then', bootId: 'a boot before this one' };
  await writeFile(join(dataDir, 'agent.lock'), JSON.stringify(holder));
  await loadNodeId({ dataDir, nodeId: '' });
  expect(lines.splice(0)).toEqual([
    `INFO root: Took over the data directory of a process that has ended ${JSON.stringify({ pid: 4711, host: hostname(), since: 'then' })}`,
  ]);
});

test.each(['agent.lock', 'node-id'])('a folder in place of %s is refused by name', async (name) => {
  await mkdir(join(dataDir, name));
  await expect(loadNodeId({ dataDir, nodeId: '' })).rejects.toMatchObject({
    code: 'AGENT_DATA_DIR',
    message: expect.stringContaining(`${join(dataDir, name)} is a folder, not a file`),
  });
  expect(await readdir(dataDir)).toEqual([name]);
});

test.skipIf(!existsSync('/proc/self'))('a directory in which nothing can be made is refused', async () => {
  await expect(loadNodeId({ dataDir: '/proc', nodeId: '' })).rejects.toMatchObject({
    code: 'AGENT_DATA_DIR',
    message: expect.stringMatching(/^cannot use data_dir "\/proc": E\w+: .* '\/proc\/agent\.lock/),
  });
});
