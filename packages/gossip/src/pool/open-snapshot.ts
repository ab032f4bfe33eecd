import { GossipError } from '../errors.ts';
import { openSnapshotFile } from '../io/snapshot-file.ts';
import type { GossipConfig } from '../options/resolve-options.ts';
import type { Logger, LogStorage } from '../ports.ts';
import { type RecoveredSnapshot, recoverSnapshot } from '../serf/snapshot/snapshot-recovery.ts';

/** A snapshot that was read, and the storage that it is written to. */
export interface OpenSnapshot {
  readonly storage: LogStorage;
  readonly rejoinAfterLeave: boolean;
  readonly recovered: RecoveredSnapshot;
}

/**
 * Reads the snapshot of an earlier run. Locks its file until the storage is closed, and checks that it is writable.
 * @throws GossipError GOSSIP_SNAPSHOT when the file cannot be read or written, or another process has locked it.
 */
export async function openSnapshot(
  { path, rejoinAfterLeave }: NonNullable<GossipConfig['snapshot']>,
  logger: Logger,
  given: LogStorage | undefined,
): Promise<OpenSnapshot> {
  const storage = given ?? (await openFile(path, logger));
  try {
    const bytes = (await storage.read()) ?? new Uint8Array(0);
    const recovered = recoverSnapshot(bytes, { rejoinAfterLeave });
    const { skippedCount, skipped } = recovered;
    if (skippedCount > 0)
      logger.warn({ path, skippedCount, skipped }, 'skipped invalid lines of the snapshot');
    return { storage, rejoinAfterLeave, recovered };
  } catch (cause) {
    await storage.close();
    throw failure('read', path, cause);
  }
}

async function openFile(path: string, logger: Logger): Promise<LogStorage> {
  try {
    const { storage, takenOverFrom } = await openSnapshotFile(path);
    if (takenOverFrom !== undefined) {
      logger.info({ path, ...takenOverFrom }, 'took over the snapshot of a process that has ended');
    }
    return storage;
  } catch (cause) {
    throw failure('use', path, cause);
  }
}

function failure(verb: 'read' | 'use', path: string, cause: unknown): GossipError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new GossipError('GOSSIP_SNAPSHOT', `cannot ${verb} the snapshot ${path}: ${reason}`, { cause });
}
