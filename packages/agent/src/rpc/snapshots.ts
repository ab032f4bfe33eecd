import { CatalogError, type CommandLog, type WatchedStore } from '@hobnob/catalog';
import type { ArchiveServer } from '@hobnob/catalog/io';
import type { StateArchives } from '../agent-port.ts';
import type { Turns } from '../async/turns.ts';
import type { AgentLogger } from '../ports.ts';

/** What saving and restoring the whole state needs. */
export interface SnapshotsParts {
  readonly state: WatchedStore;
  readonly log: CommandLog;
  readonly turns: Turns;
  /** This server, as archives name it. */
  readonly server: () => ArchiveServer;
  readonly wallMs: () => number;
  /** Component `agent.server`. */
  readonly logger: AgentLogger;
}

/** Saves and restores the state of a server in this process. */
export function stateArchives({ state, log, turns, server, wallMs, logger }: SnapshotsParts): StateArchives {
  const pause = () => turns.next();
  return {
    save: async ({ allowStale }) => {
      if (!allowStale && !(await log.verifyLeader())) {
        throw new CatalogError('CATALOG_NOT_LEADER', 'No cluster leader');
      }
      const { writeArchive } = await import('@hobnob/catalog/io');
      const snapshot = state.snapshot();
      const place = { ...log.applied, servers: [server()], wallMs: wallMs() };
      return { index: place.index, archive: await writeArchive(snapshot, place, pause) };
    },
    restore: async (archive) => {
      const { readArchive } = await import('@hobnob/catalog/io');
      const { meta, snapshot } = await readArchive(archive, pause);
      const outcome = await log.restore(snapshot);
      if (outcome.kind === 'applied') {
        logger.info({ id: meta.ID, index: outcome.index }, 'restored user snapshot');
        return;
      }
      throw outcome.kind === 'unknown'
        ? new CatalogError('CATALOG_DISK', 'the log of this server cannot be written: see its own log')
        : new CatalogError('CATALOG_NOT_LEADER', 'No cluster leader');
    },
  };
}
