import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  acquireLock,
  type FileLock,
  hasCode,
  LockError,
  makeDirectory,
  messageOf,
  systemErrorText,
} from '@hobnob/gossip/files';
import { AgentError } from '../errors.ts';
import type { AgentConfig } from '../options.ts';
import type { AgentLogger } from '../ports.ts';
import { loadNodeId } from './node-id-file.ts';

/** Consul's mode: everyone may list the directory. */
const directoryMode = 0o755;
/** The file that names the process which uses the directory. */
const lockName = 'agent.lock';

/** The data directory of an agent, which no other process may use meanwhile. */
export interface DataDir {
  readonly nodeId: string;
  /** Lets other processes use it. May be called twice. */
  close(): Promise<void>;
}

/**
 * Makes the data directory, locks it and reads or makes the node id in it. Without a directory the id lasts as long
 * as the process. The lock of a process that has ended is taken over.
 * @throws AgentError AGENT_DATA_DIR when the directory cannot be made, written or locked, or holds no usable id.
 */
export async function openDataDir(
  { dataDir, nodeId }: Pick<AgentConfig, 'dataDir' | 'nodeId'>,
  logger: AgentLogger,
): Promise<DataDir> {
  if (dataDir === '') return { nodeId: nodeId === '' ? randomUUID() : nodeId, close: async () => undefined };
  await makeDataDir(dataDir);
  const lock = await lockDataDir(dataDir, logger);
  try {
    return { nodeId: await loadNodeId({ dataDir, nodeId }), close: () => lock.release() };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function lockDataDir(dataDir: string, logger: AgentLogger): Promise<FileLock> {
  try {
    const lock = await acquireLock(join(dataDir, lockName));
    if (lock.takenOverFrom !== undefined) {
      logger.info({ ...lock.takenOverFrom }, 'Took over the data directory of a process that has ended');
    }
    return lock;
  } catch (cause) {
    const reason = messageOf(cause);
    const isHeld = cause instanceof LockError && cause.code === 'LOCK_HELD';
    const text = isHeld
      ? `data_dir "${dataDir}" is ${reason}`
      : `cannot use data_dir "${dataDir}": ${reason}`;
    throw new AgentError('AGENT_DATA_DIR', text, { cause });
  }
}

/** The sentence is Consul's, and names the directory that could not be made. */
async function makeDataDir(dataDir: string): Promise<void> {
  await refuseFile(dataDir);
  try {
    await makeDirectory(dataDir, directoryMode);
  } catch (cause) {
    const path = cause instanceof Error && 'path' in cause ? String(cause.path) : dataDir;
    const text = `failed to setup node ID: mkdir ${path}: ${systemErrorText(cause)}`;
    throw new AgentError('AGENT_DATA_DIR', text, { cause });
  }
}

/** Refuses a path that exists and is no directory. */
async function refuseFile(dataDir: string): Promise<void> {
  let isFile: boolean;
  try {
    isFile = !(await stat(dataDir)).isDirectory();
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return;
    const text = `Error getting info on data_dir: stat ${dataDir}: ${systemErrorText(cause)}`;
    throw new AgentError('AGENT_DATA_DIR', text, { cause });
  }
  if (isFile) throw new AgentError('AGENT_DATA_DIR', `data_dir "${dataDir}" is not a directory`);
}
