import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { type Entry, extract, type Pack, pack } from 'tar-stream';
import { CatalogError } from '../errors.ts';
import { readState } from '../snapshot/read-state.ts';
import { writeState } from '../snapshot/write-state.ts';
import type { Snapshot } from '../store/store.ts';
import { type ArchiveMeta, type ArchivePlace, archiveMeta } from './archive-meta.ts';

/**
 * The archive of Consul's `snapshot save`: gzip of a tar with `meta.json`, `state.bin` and `SHA256SUMS`. Source:
 * consensus-and-rpc.md 3.14. The state is never held as a whole: it is written from the tables, and read into them.
 */

const metaName = 'meta.json';
const stateName = 'state.bin';
const sumsName = 'SHA256SUMS';
/** The two small files are read whole. */
const smallBytesMax = 1024 * 1024;
const fileMode = 0o600;

/** Lets other work pass; called between two pieces of a millisecond each. */
export type Pause = () => Promise<void> | undefined;

/** The archive of a state as a stream. A tar says how large a file is before its content: the state is written twice. */
export async function writeArchive(snapshot: Snapshot, place: ArchivePlace, pause: Pause): Promise<Readable> {
  let size = 0;
  for (const piece of writeState(snapshot)) {
    size += piece.length;
    await pause();
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

/** What an archive holds. */
export interface ArchiveContent {
  readonly meta: ArchiveMeta;
  readonly snapshot: Snapshot;
}

/**
 * Reads an archive to its end.
 * @throws CatalogError CATALOG_SNAPSHOT for one that is broken, in Consul's words.
 */
export async function readArchive(source: Readable, pause: Pause): Promise<ArchiveContent> {
  const files = new ArchiveFiles(pause);
  const unpacked = extract();
  try {
    await Promise.all([pipeline(source, createGunzip(), unpacked), files.read(unpacked)]);
  } catch (error) {
    throw refusal(error);
  }
  return files.verified();
}

class ArchiveFiles {
  readonly #pause: Pause;
  readonly #sums = new Map<string, string>();
  #meta: Buffer | undefined;
  #snapshot: Snapshot | undefined;
  #expected: string | undefined;

  constructor(pause: Pause) {
    this.#pause = pause;
  }

  async read(unpacked: AsyncIterable<Entry>): Promise<void> {
    for await (const entry of unpacked) {
      const { name } = entry.header;
      if (name === stateName) this.#snapshot = await readState(this.#summed(entry, name), this.#pause);
      else if (name === metaName) this.#meta = await readSmall(this.#summed(entry, name));
      else if (name === sumsName) this.#expected = (await readSmall(entry)).toString('utf8');
      else throw broken(`unexpected file "${name}" in snapshot`);
    }
  }

  verified(): ArchiveContent {
    const expected = new Map<string, string>();
    for (const line of (this.#expected ?? '').split('\n')) {
      const [, sum, name] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      if (sum !== undefined && name !== undefined) expected.set(name, sum);
    }
    for (const name of [metaName, stateName]) {
      if (!expected.has(name)) throw unsound(`file missing for "${name}"`);
      if (expected.get(name) !== this.#sums.get(name)) throw unsound(`hash check failed for "${name}"`);
    }
    if (this.#meta === undefined || this.#snapshot === undefined)
      throw unsound(`file missing for "${metaName}"`);
    return { meta: toMeta(this.#meta), snapshot: this.#snapshot };
  }

  async *#summed(entry: Entry, name: string): AsyncGenerator<Uint8Array> {
    const sum = createHash('sha256');
    for await (const chunk of entry as AsyncIterable<Uint8Array>) {
      sum.update(chunk);
      yield chunk;
    }
    this.#sums.set(name, sum.digest('hex'));
  }
}

async function readSmall(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > smallBytesMax) throw broken('a file beside the state is too large');
    read.push(chunk);
  }
  return Buffer.concat(read);
}

function toMeta(bytes: Buffer): ArchiveMeta {
  let meta: Partial<ArchiveMeta>;
  try {
    meta = JSON.parse(bytes.toString('utf8')) as Partial<ArchiveMeta>;
  } catch {
    throw broken('failed to decode snapshot metadata');
  }
  if (typeof meta.Index !== 'number' || typeof meta.Term !== 'number') {
    throw broken('failed to decode snapshot metadata');
  }
  return meta as ArchiveMeta;
}

function unsound(reason: string): CatalogError {
  return broken(`failed checking integrity of snapshot: ${reason}`);
}

function broken(reason: string): CatalogError {
  return new CatalogError('CATALOG_SNAPSHOT', `failed to read snapshot file: ${reason}`);
}

/** What zlib and the tar reader say, in the words of Go's. */
function refusal(error: unknown): CatalogError {
  if (error instanceof CatalogError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const text = error instanceof Error ? error.message : String(error);
  if (code === 'Z_DATA_ERROR') {
    return new CatalogError('CATALOG_SNAPSHOT', `failed to decompress snapshot: ${text}`);
  }
  const reason = code === 'Z_BUF_ERROR' || text === 'Unexpected end of data' ? 'unexpected EOF' : text;
  return broken(`failed to read or write snapshot data: ${reason}`);
}
