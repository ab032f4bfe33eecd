import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DurableLog, type DurableLogOptions } from '../log/durable-log.ts';
import type { StateStream } from '../log/state-stream.ts';
import { readState } from '../snapshot/read-state.ts';
import { writeState } from '../snapshot/write-state.ts';
import { FileSnapshotStore } from './file-snapshot-store.ts';
import { LmdbLogStore } from './lmdb-log-store.ts';
import { unusable } from './thread-calls.ts';

/** The log and the snapshots of a server on disk. Needs the package lmdb, which is loaded when a log is opened. */

export { writeArchive } from './archive.ts';
export type { ArchiveMeta, ArchivePlace, ArchiveServer } from './archive-meta.ts';
export { MemoryBudget, type MemoryClaim } from './memory-budget.ts';
export { type ArchiveContent, inspectArchive, readArchive } from './read-archive.ts';
export { FileSnapshotStore, LmdbLogStore };

/** What a log on disk needs beside its folder. */
export type DiskLogOptions = Omit<DurableLogOptions, 'store' | 'snapshots' | 'stream'>;

/**
 * Opens the log in `folder`, which is made when it is missing, and brings the machine to the state that it holds.
 * One process may do so at a time; who locks the data directory sees to that.
 * @throws CatalogError CATALOG_DISK, CATALOG_SNAPSHOT, CATALOG_LOG.
 */
export async function openDiskLog(folder: string, options: DiskLogOptions): Promise<DurableLog> {
  try {
    // It holds what only this process needs to read.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await openLog(folder, options);
  } catch (error) {
    throw isOfSystem(error) ? unusable(error.message) : error;
  }
}

function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

async function openLog(folder: string, options: DiskLogOptions): Promise<DurableLog> {
  const store = await LmdbLogStore.open(join(folder, 'log'));
  try {
    const snapshots = await FileSnapshotStore.open(join(folder, 'snapshots'));
    const { machine } = options;
    const pause = () => machine.endOfTurn();
    // A log reads a state at its start only.
    const read = (pieces: AsyncIterable<Uint8Array>) => readState(pieces, { pause, isBulk: true });
    const stream: StateStream = { write: writeState, read };
    return await DurableLog.open({ ...options, store, snapshots, stream });
  } catch (error) {
    await store.close();
    throw error;
  }
}
