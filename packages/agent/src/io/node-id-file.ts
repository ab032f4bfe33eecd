import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { isUuid } from '../config/node-checks.ts';
import { AgentError } from '../errors.ts';
import type { AgentConfig } from '../options.ts';
import { makeDirectory } from './make-directory.ts';

/** Consul's modes: everyone may list the directory, only the owner reads the id. */
const directoryMode = 0o755;
const fileMode = 0o600;

/**
 * This node's id: the configured one, else the one in `<data-dir>/node-id`, else a new one. What is chosen is
 * kept in that file, 36 characters without a line end as Consul writes it; without a data directory it lasts
 * as long as the process.
 * @throws AgentError AGENT_DATA_DIR when the directory or file cannot be used, or holds no UUID.
 */
export async function loadNodeId(config: Pick<AgentConfig, 'dataDir' | 'nodeId'>): Promise<string> {
  const { dataDir, nodeId } = config;
  if (dataDir === '') return nodeId === '' ? randomUUID() : nodeId;
  const file = join(dataDir, 'node-id');
  await makeDataDir(dataDir);
  const stored = await readStored(file);
  if (nodeId !== '') {
    if (stored !== nodeId) await attempt(`write ${file}`, () => replaceFile(file, nodeId));
    return nodeId;
  }
  if (stored !== undefined) {
    if (isUuid(stored)) return stored.toLowerCase();
    throw new AgentError(
      'AGENT_DATA_DIR',
      `NodeID in ${file} is invalid: "${stored.slice(0, 60)}" is not a UUID: restore it, or remove the file to get a new id`,
    );
  }
  const fresh = randomUUID();
  await attempt(`write ${file}`, () => replaceFile(file, fresh));
  return fresh;
}

/** The sentence is Consul's, and names the directory that could not be made. */
async function makeDataDir(dataDir: string): Promise<void> {
  await refuseFile(dataDir);
  try {
    await makeDirectory(dataDir, directoryMode);
  } catch (cause) {
    const path = cause instanceof Error && 'path' in cause ? String(cause.path) : dataDir;
    const text = `failed to setup node ID: mkdir ${path}: ${systemText(cause)}`;
    throw new AgentError('AGENT_DATA_DIR', text, { cause });
  }
}

/** What is there already must be a directory. */
async function refuseFile(dataDir: string): Promise<void> {
  let isFile: boolean;
  try {
    isFile = !(await stat(dataDir)).isDirectory();
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return;
    const text = `Error getting info on data_dir: stat ${dataDir}: ${systemText(cause)}`;
    throw new AgentError('AGENT_DATA_DIR', text, { cause });
  }
  if (isFile) throw new AgentError('AGENT_DATA_DIR', `data_dir "${dataDir}" is not a directory`);
}

const textByCode: ReadonlyMap<string, string> = new Map([...getSystemErrorMap().values()]);

/** The operating system's words for an error (`no such file or directory`). */
function systemText(error: unknown): string {
  return textByCode.get(codeOf(error)) ?? (error instanceof Error ? error.message : String(error));
}

async function readStored(file: string): Promise<string | undefined> {
  return attempt(`read ${file}`, async () => {
    try {
      return (await readFile(file, 'utf8')).trim();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  });
}

/** All or nothing: after a crash the file holds the old text or the new one. */
async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, 'w', fileMode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncDirectory(dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The rename itself survives a power cut only once the directory is on disk. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AgentError('AGENT_DATA_DIR', `cannot ${what}: ${reason}`, { cause });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
