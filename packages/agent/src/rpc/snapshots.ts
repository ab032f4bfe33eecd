import { CatalogError, type CommandLog, type Outcome, type WatchedStore } from '@hobnob/catalog';
import type { ArchiveServer, MemoryBudget } from '@hobnob/catalog/io';
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
  /** What all restores that are under way may take together. */
  let budget: MemoryBudget | undefined;
  return {
    save: async ({ allowStale, signal }) => {
      if (!allowStale && !(await log.verifyLeader())) {
        throw new CatalogError('CATALOG_NOT_LEADER', 'No cluster leader');
      }
      const { writeArchive } = await import('@hobnob/catalog/io');
      const snapshot = state.snapshot();
      const place = { ...log.applied, servers: [server()], wallMs: wallMs() };
      return { index: place.index, archive: await writeArchive(snapshot, place, { pause, signal }) };
    },
    restore: async (archive) => {
      const io = await import('@hobnob/catalog/io');
      budget ??= new io.MemoryBudget();
      const claim = budget.claim();
      try {
        const { meta, snapshot } = await io.readArchive(archive, { pause, charge: claim.take });
        const outcome = await log.restore(snapshot);
        if (outcome.kind !== 'applied') throw refusal(outcome);
        logger.info({ id: meta.ID, index: outcome.index }, 'restored user snapshot');
      } finally {
        claim.end();
      }
    },
  };
}

function refusal({ kind }: Outcome): CatalogError {
  return kind === 'unknown'
    ? new CatalogError('CATALOG_DISK', 'the log of this server cannot be written: see its own log')
    : new CatalogError('CATALOG_NOT_LEADER', 'No cluster leader');
}
