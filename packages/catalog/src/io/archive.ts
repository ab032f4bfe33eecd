import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { writeState } from '../snapshot/write-state.ts';
import type { Snapshot } from '../store/store.ts';
import { type ArchivePlace, archiveMeta } from './archive-meta.ts';

/**
 * The archive of Consul's `snapshot save`: gzip of a tar with `meta.json`, `state.bin` and `SHA256SUMS`. Source:
 * consensus-and-rpc.md 3.14. The state is never held as a whole: it is written from the tables, and read into them.
 */

export const metaName = 'meta.json';
export const stateName = 'state.bin';
export const sumsName = 'SHA256SUMS';
const fileMode = 0o600;

/** What writing an archive needs of others. */
export interface WriteArchiveOptions {
  /** Lets other work pass; called between two pieces of a millisecond each. */
  readonly pause?: () => Promise<void> | undefined;
  /** Ends the work, and destroys the stream. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The archive of a state as a stream, to be read to its end or destroyed. A tar says how large a file is before its
 * content: the state is written twice. Rejects with the signal's reason when that ends the first time.
 */
export async function writeArchive(
  snapshot: Snapshot,
  place: ArchivePlace,
  { pause = () => undefined, signal }: WriteArchiveOptions = {},
): Promise<Readable> {
  let size = 0;
  for (const piece of writeState(snapshot)) {
    size += piece.length;
    await pause();
    signal?.throwIfAborted();
  }
  const meta = `${JSON.stringify(archiveMeta(place, size))}\n`;
  const archive = pack();
  const zipped = createGzip();
  const fill = async (): Promise<void> => {
    const stateSum = createHash('sha256');
    await addSmall(archive, metaName, meta);
    const state = async function* () {
      for (const piece of writeState(snapshot)) {
        stateSum.update(piece);
        yield piece;
        await pause();
      }
    };
    await pipeline(
      Readable.from(state(), { objectMode: false }),
      archive.entry({ name: stateName, size, mode: fileMode }),
    );
    const sums = `${sha256(meta)}  ${metaName}\n${stateSum.digest('hex')}  ${stateName}\n`;
    await addSmall(archive, sumsName, sums);
    archive.finalize();
  };
  archive.pipe(zipped);
  archive.once('error', (error) => zipped.destroy(error));
  zipped.once('close', () => archive.destroy());
  signal?.addEventListener('abort', () => zipped.destroy(), { once: true });
  void fill().catch((error: unknown) => zipped.destroy(toError(error)));
  return zipped;
}

function addSmall(archive: Pack, name: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry({ name, mode: fileMode }, text, (error) => (error ? reject(error) : resolve()));
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
