import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ArchiveMeta, inspectArchive } from '@hobnob/agent/archive';
import { systemErrorText } from '@hobnob/gossip/files';

/** Archives as files: as streams, since they may be larger than memory. */

/** What went wrong with a file, in Go's words. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
}

/** The file as a stream that is open. @throws FileProblem. */
export function openArchive(path: string): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const file = createReadStream(path);
    file.once('open', () => resolve(file));
    file.once('error', (cause) =>
      reject(new FileProblem(`open ${path}: ${systemErrorText(cause)}`, { cause })),
    );
  });
}

/** The reason for an archive whose bytes cannot be read: a directory, a disk that fails. */
export function readProblem(path: string, cause: unknown): FileProblem {
  return new FileProblem(`read ${path}: ${systemErrorText(cause)}`, { cause });
}

/** Looks at an archive. @throws FileProblem, CatalogError with Consul's text. */
export async function inspectFile(path: string): Promise<ArchiveMeta> {
  return inspectArchive(await openArchive(path));
}

/**
 * Writes an archive beside its place, looks at it, and gives it its name when it is whole.
 * @throws FileProblem, what `verify` throws.
 */
export async function saveVerified(archive: Readable, path: string, suffix: string): Promise<void> {
  const unverified = `${path}.unverified.${suffix}`;
  try {
    await pipeline(archive, createWriteStream(unverified, { mode: 0o600 }));
  } catch (cause) {
    await rm(unverified, { force: true });
    throw new FileProblem(`open ${unverified}: ${systemErrorText(cause)}`, { cause });
  }
  try {
    await inspectFile(unverified);
    await rename(unverified, path);
  } catch (error) {
    await rm(unverified, { force: true });
    throw error;
  }
}
