import { GossipError } from '../errors.ts';
import { openSnapshotFile } from '../io/snapshot-file.ts';
import type { Logger, LogStorage } from '../ports.ts';
import type { GossipConfig } from '../resolve-options.ts';
import { type RecoveredSnapshot, recoverSnapshot } from '../serf/snapshot-recovery.ts';

/** A snapshot that was read, and where it goes on. */
export interface OpenSnapshot {
  readonly storage: LogStorage;
  readonly rejoinAfterLeave: boolean;
  readonly recovered: RecoveredSnapshot;
}

/**
 * Reads the snapshot of an earlier life. Nothing is written or held open yet.
 * @throws GossipError GOSSIP_SNAPSHOT when there is one that cannot be read.
 */
export async function openSnapshot(
  { path, rejoinAfterLeave }: NonNullable<GossipConfig['snapshot']>,
  logger: Logger,
  storage: LogStorage = openSnapshotFile(path),
): Promise<OpenSnapshot> {
  const bytes = await read(storage, path);
  const recovered = recoverSnapshot(bytes, { rejoinAfterLeave });
  const { skippedCount, skipped } = recovered;
  if (skippedCount > 0)
    logger.warn({ path, skippedCount, skipped }, 'skipped lines of the snapshot that make no sense');
  return { storage, rejoinAfterLeave, recovered };
}

async function read(storage: LogStorage, path: string): Promise<Uint8Array> {
  try {
    return (await storage.read()) ?? new Uint8Array(0);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GossipError('GOSSIP_SNAPSHOT', `cannot read the snapshot ${path}: ${reason}`, { cause });
  }
}
