import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentOnFakes, closeAgents } from '../../test/agent-on-fakes.ts';
import { recordingLogger } from '../../test/recording-logger.ts';
import { openPoolFiles } from './pool-files.ts';

const encrypt = 'pUqJrVyVRj5jsiYEkM/tFQ==';
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hobnob-files-'));
});

afterEach(async () => {
  await closeAgents();
  await rm(dataDir, { recursive: true });
});

test('the files have the names of Consul, in a directory of the owner', async () => {
  const { started, pools } = agentOnFakes({
    dev: false,
    bindAddress: '127.0.0.1',
    server: true,
    dataDir,
    encrypt,
    rejoinAfterLeave: true,
  });
  await started;
  const directory = join(dataDir, 'serf');
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  const optionsOf = (name: string) => pools.find((pool) => pool.name === name)?.options;
  expect(optionsOf('me')).toMatchObject({
    snapshot: { path: join(directory, 'local.snapshot'), rejoinAfterLeave: true },
    encryption: { keys: [encrypt], keyringFile: join(directory, 'local.keyring') },
  });
  expect(optionsOf('me.dc1')).toMatchObject({
    snapshot: { path: join(directory, 'remote.snapshot') },
    encryption: { keyringFile: join(directory, 'remote.keyring') },
  });
});

test('a key ring file wins over the configured key, with the warning of Consul when that is not in it', async () => {
  await mkdir(join(dataDir, 'serf'));
  await writeFile(join(dataDir, 'serf', 'local.keyring'), '["MDAwMDAwMDAwMDAwMDAwMA=="]');
  const { started, pools, lines } = agentOnFakes({ dev: false, bindAddress: '127.0.0.1', dataDir, encrypt });
  await started;
  expect(pools[0]?.options.encryption).toMatchObject({ keys: [] });
  expect(lines).toContain(
    'WARN agent: keyring doesn\'t include key provided with -encrypt, using keyring {"keyring":"LAN"}',
  );
});

test('a key ring file encrypts also when no key is configured', async () => {
  await mkdir(join(dataDir, 'serf'));
  const path = join(dataDir, 'serf', 'local.keyring');
  await writeFile(path, `["${encrypt}"]`);
  const { started, pools, lines } = agentOnFakes({ dev: false, bindAddress: '127.0.0.1', dataDir });
  await started;
  expect(pools[0]?.options.encryption).toMatchObject({ keys: [], keyringFile: path });
  expect(lines.filter((line) => line.startsWith('WARN') && line.includes('key'))).toEqual([]);
});

test('without a key and a file nothing is encrypted', async () => {
  const { started, pools } = agentOnFakes({ dev: false, bindAddress: '127.0.0.1', dataDir });
  await started;
  expect(pools[0]?.options.encryption).toBeUndefined();
});

test('with the files of keys disabled one that exists is not read', async () => {
  await mkdir(join(dataDir, 'serf'));
  await writeFile(join(dataDir, 'serf', 'local.keyring'), '["MDAwMDAwMDAwMDAwMDAwMA=="]');
  const { started, pools } = agentOnFakes({
    dev: false,
    bindAddress: '127.0.0.1',
    dataDir,
    encrypt,
    disableKeyringFile: true,
  });
  await started;
  expect(pools[0]?.options.encryption).toEqual({
    keys: [encrypt],
    verifyIncoming: true,
    verifyOutgoing: true,
  });
  expect(pools[0]?.options.snapshot).toBeDefined();
});

test('in dev mode nothing is kept', async () => {
  const { started, pools } = agentOnFakes({ dev: true, dataDir, encrypt });
  await started;
  expect(pools[0]?.options.snapshot).toBeUndefined();
  expect(pools[0]?.options.encryption).not.toHaveProperty('keyringFile');
});

test('a directory that cannot be made is named', async () => {
  await writeFile(join(dataDir, 'serf'), '');
  const config = { dataDir, dev: false, encrypt, disableKeyringFile: false };
  await expect(openPoolFiles('lan', config, recordingLogger())).rejects.toMatchObject({
    code: 'AGENT_DATA_DIR',
    message: expect.stringContaining(join(dataDir, 'serf')),
  });
});
