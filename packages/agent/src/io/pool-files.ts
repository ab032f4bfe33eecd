import { join } from 'node:path';
import { makeDirectory, messageOf, readRegularFile } from '@hobnob/gossip/files';
import { AgentError } from '../errors.ts';
import type { AgentConfig } from '../options.ts';
import type { PoolFiles } from '../pools/gossip-setup.ts';
import type { AgentLogger, PoolName } from '../ports.ts';

/** Consul's names: a pool is either the one of the own datacenter or that of all. */
const stems: Readonly<Record<PoolName, string>> = { lan: 'local', wan: 'remote' };
/** The directory holds keys. Source: Consul agent/keyring.go initKeyring. */
const directoryMode = 0o700;
/** Far more keys than a pool can have. */
const keyringBytesMax = 1024 * 1024;

/**
 * Makes `<data-dir>/serf` and says which files of it a pool uses; none in dev mode and without a data directory.
 * Warns when the key ring file does not hold the configured key, which has no effect then (gossip.md 8.30).
 * @throws AgentError AGENT_DATA_DIR.
 */
export async function openPoolFiles(
  pool: PoolName,
  config: Pick<AgentConfig, 'dataDir' | 'dev' | 'encrypt' | 'disableKeyringFile'>,
  logger: AgentLogger,
): Promise<PoolFiles> {
  if (config.dev || config.dataDir === '') return {};
  const directory = join(config.dataDir, 'serf');
  const snapshot = join(directory, `${stems[pool]}.snapshot`);
  const path = join(directory, `${stems[pool]}.keyring`);
  try {
    await makeDirectory(directory, directoryMode);
    if (config.disableKeyringFile) return { snapshot };
    const text = await readIfThere(path);
    const overrules =
      text !== undefined && config.encrypt !== '' && !text.includes(JSON.stringify(config.encrypt));
    if (overrules) {
      const keyring = pool.toUpperCase();
      logger.warn({ keyring }, "keyring doesn't include key provided with -encrypt, using keyring");
    }
    return { snapshot, keyring: { path, exists: text !== undefined, overrules } };
  } catch (cause) {
    throw new AgentError('AGENT_DATA_DIR', `cannot use ${directory}: ${messageOf(cause)}`, { cause });
  }
}

/** The text of a key ring file, which the gossip checks. */
async function readIfThere(path: string): Promise<string | undefined> {
  const bytes = await readRegularFile(path, keyringBytesMax);
  return bytes && Buffer.from(bytes).toString();
}
