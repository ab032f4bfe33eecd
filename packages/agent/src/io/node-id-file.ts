import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { messageOf, readRegularFile, replaceFile } from '@hobnob/gossip/files';
import { isUuid } from '../config/node-checks.ts';
import { AgentError } from '../errors.ts';
import type { AgentConfig } from '../options.ts';

/** Consul's mode: only the owner reads the id. */
const mode = 0o600;
/** A node id has 36. */
const fileBytesMax = 4096;
const shownCharsMax = 60;

/**
 * This node's id: the configured one, else the one in `<data-dir>/node-id`, else a new one. The id is kept
 * in that file, 36 characters without a line end as Consul writes it. The data directory must exist.
 * @throws AgentError AGENT_DATA_DIR when the file cannot be used, or holds no UUID.
 */
export async function loadNodeId({
  dataDir,
  nodeId,
}: Pick<AgentConfig, 'dataDir' | 'nodeId'>): Promise<string> {
  const file = join(dataDir, 'node-id');
  const stored = await readStored(file);
  if (nodeId !== '') {
    if (stored !== nodeId) await attempt(`write ${file}`, () => replaceFile(file, nodeId, { mode }));
    return nodeId;
  }
  if (stored !== undefined) {
    if (isUuid(stored)) return stored.toLowerCase();
    throw new AgentError('AGENT_DATA_DIR', damagedText(file, stored));
  }
  const fresh = randomUUID();
  await attempt(`write ${file}`, () => replaceFile(file, fresh, { mode }));
  return fresh;
}

/** A power cut may leave a file empty, or full of NUL bytes. */
function damagedText(file: string, stored: string): string {
  const isEmpty = /^[\0\s]*$/.test(stored);
  const fault = isEmpty
    ? 'the file is empty'
    : `${JSON.stringify(stored.slice(0, shownCharsMax))} is not a UUID`;
  return `NodeID in ${file} is invalid: ${fault}: restore it, or remove the file to get a new id`;
}

async function readStored(file: string): Promise<string | undefined> {
  const bytes = await attempt(`read ${file}`, () => readRegularFile(file, fileBytesMax));
  return bytes && Buffer.from(bytes).toString().trim();
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new AgentError('AGENT_DATA_DIR', `cannot ${what}: ${messageOf(cause)}`, { cause });
  }
}
