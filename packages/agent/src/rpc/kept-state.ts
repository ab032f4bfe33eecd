import { statfsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CatalogError, WatchedStore } from '@hobnob/catalog';
import type { Clock } from '@hobnob/gossip';
import { hasCode } from '@hobnob/gossip/files';
import { AgentError } from '../errors.ts';
import type { AgentConfig } from '../options.ts';
import type { AgentLogger } from '../ports.ts';
import { type CatalogParts, type KeptState, rpcAddress } from './in-process.ts';

/** What a state on disk needs. */
export interface KeptStateParts {
  readonly config: CatalogParts['config'] & Pick<AgentConfig, 'dataDir' | 'raftSnapshots'>;
  readonly clock: Clock;
  /** Component `agent.server`. */
  readonly logger: AgentLogger;
}

/** Below the data directory. Consul's own server uses `raft`. */
const folderName = 'hobnob';

/**
 * Opens the state of a server in its data directory; undefined when it is kept in memory: in dev mode, and without a
 * directory. Source of the texts: Consul's raft.
 * @throws AgentError AGENT_DATA_DIR when the directory holds the state of a real Consul, or ours cannot be used.
 */
export async function openKeptState({
  config,
  clock,
  logger,
}: KeptStateParts): Promise<KeptState | undefined> {
  const { dataDir, dev } = config;
  if (dev || dataDir === '') return undefined;
  await refuseForeignState(dataDir);
  const { openDiskLog } = await import('@hobnob/catalog/io');
  const state = new WatchedStore({ clock });
  const raft = logger.child({ component: 'agent.server.raft' });
  const folder = join(dataDir, folderName);
  try {
    const log = await openDiskLog(folder, {
      machine: state,
      clock,
      address: rpcAddress(config),
      policy: config.raftSnapshots,
      onFailure: (error) => {
        const text = error instanceof Error ? error.message : String(error);
        raft.error({ error: `${text}${lackOfRoom(folder)}` }, 'failed to commit logs');
        raft.error({}, 'this server acknowledges no write and leads no more until it is restarted');
      },
      onSnapshot: ({ index, problem }) => {
        if (problem === undefined) raft.info({ index }, 'snapshot complete up to');
        else raft.error({ error: problem }, 'failed to take snapshot');
      },
    });
    raft.info({ index: state.index }, 'restored state');
    return { state, log };
  } catch (cause) {
    if (!(cause instanceof CatalogError)) throw cause;
    const room = cause.code === 'CATALOG_DISK' ? lackOfRoom(folder) : '';
    throw new AgentError('AGENT_DATA_DIR', `cannot use data_dir "${dataDir}": ${cause.message}${room}`, {
      cause,
    });
  }
}

/** More than one commit may need. */
const roomBytes = 16 * 1024 * 1024;

/** LMDB calls a write that a full disk cut short an error of the disk: says that there is no room, where that is so. */
function lackOfRoom(folder: string): string {
  try {
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    return free < roomBytes ? `; no space is left on the device: ${free} bytes are free in ${folder}` : '';
  } catch (error) {
    // A disk that fails may not answer this either, which is worth as much to know.
    return `; how much room is left is unknown: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** An empty registry in the place of a real one would be loss. */
async function refuseForeignState(dataDir: string): Promise<void> {
  const path = join(dataDir, 'raft', 'raft.db');
  try {
    await stat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return;
    throw error;
  }
  throw new AgentError(
    'AGENT_DATA_DIR',
    `data_dir "${dataDir}" holds the state of a Consul server (${path}), which this version does not read: ` +
      'save it with "consul snapshot save" from that server, move the folder raft away or start with another data_dir, and use "snapshot restore"',
  );
}
