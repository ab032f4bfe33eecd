import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Entry, extract } from 'tar-stream';
import { CatalogError } from '../errors.ts';
import { type ReadStateOptions, readState } from '../snapshot/read-state.ts';
import type { Snapshot } from '../store/store.ts';
import { metaName, stateName, sumsName } from './archive.ts';
import type { ArchiveMeta } from './archive-meta.ts';

/** Reads Consul's archive; nothing of it counts before all of its sums are right. */

/** The two small files are read whole. */
const smallBytesMax = 1024 * 1024;

/** What an archive holds. */
export interface ArchiveContent {
  readonly meta: ArchiveMeta;
  readonly snapshot: Snapshot;
}

/**
 * Reads an archive to its end.
 * @param options `charge` bounds the memory that the state may take.
 * @throws CatalogError CATALOG_SNAPSHOT for one that is broken, in Consul's words.
 */
export async function readArchive(source: Readable, options: ReadStateOptions = {}): Promise<ArchiveContent> {
  const { meta, state } = await unpack(source, (chunks) => readState(chunks, options));
  return { meta, snapshot: state };
}

/**
 * Reads an archive to its end, and says what it is of.
 * @throws CatalogError CATALOG_SNAPSHOT for one that is broken.
 */
export async function inspectArchive(source: Readable): Promise<ArchiveMeta> {
  const { meta } = await unpack(source, async (chunks) => {
    let bytes = 0;
    for await (const chunk of chunks) bytes += chunk.length;
    return bytes;
  });
  return meta;
}

type ReadChunks<State> = (chunks: AsyncIterable<Uint8Array>) => Promise<State>;

interface Unpacked<State> {
  readonly meta: ArchiveMeta;
  readonly state: State;
}

async function unpack<State>(source: Readable, read: ReadChunks<State>): Promise<Unpacked<State>> {
  const files = new ArchiveFiles(read);
  const unpacked = extract();
  try {
    await Promise.all([pipeline(source, createGunzip(), unpacked), files.read(unpacked)]);
  } catch (error) {
    throw refusal(error);
  }
  return files.verified();
}

class ArchiveFiles<State> {
  readonly #read: ReadChunks<State>;
  readonly #sums = new Map<string, string>();
  #meta: Buffer | undefined;
  #state: { readonly found: State } | undefined;
  #stateSize = 0;
  #expected: string | undefined;

  constructor(read: ReadChunks<State>) {
    this.#read = read;
  }

  async read(unpacked: AsyncIterable<Entry>): Promise<void> {
    for await (const entry of unpacked) {
      const { name } = entry.header;
      if (name === stateName) this.#state = { found: await this.#read(this.#summed(entry, name)) };
      else if (name === metaName) this.#meta = await readSmall(this.#summed(entry, name));
      else if (name === sumsName) this.#expected = (await readSmall(entry)).toString('utf8');
      else throw broken(`unexpected file "${name}" in snapshot`);
    }
  }

  verified(): Unpacked<State> {
    const expected = new Map<string, string>();
    for (const line of (this.#expected ?? '').split('\n')) {
      const [, sum, name] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      if (sum !== undefined && name !== undefined) expected.set(name, sum);
    }
    for (const name of [metaName, stateName]) {
      if (!expected.has(name)) throw unsound(`file missing for "${name}"`);
      if (expected.get(name) !== this.#sums.get(name)) throw unsound(`hash check failed for "${name}"`);
    }
    if (this.#meta === undefined || this.#state === undefined)
      throw unsound(`file missing for "${metaName}"`);
    const meta = toMeta(this.#meta);
    if (meta.Size !== this.#stateSize) {
      throw broken(`the state has ${this.#stateSize} bytes, and the metadata says ${meta.Size}`);
    }
    return { meta, state: this.#state.found };
  }

  async *#summed(entry: Entry, name: string): AsyncGenerator<Uint8Array> {
    const sum = createHash('sha256');
    let size = 0;
    for await (const chunk of entry as AsyncIterable<Uint8Array>) {
      sum.update(chunk);
      size += chunk.length;
      yield chunk;
    }
    this.#sums.set(name, sum.digest('hex'));
    if (name === stateName) this.#stateSize = size;
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
  let meta: Partial<ArchiveMeta> | null;
  try {
    meta = JSON.parse(bytes.toString('utf8')) as Partial<ArchiveMeta> | null;
  } catch {
    throw broken('failed to decode snapshot metadata');
  }
  if (!isNatural(meta?.Index) || !isNatural(meta.Term) || !isNatural(meta.Size)) {
    throw broken('failed to decode snapshot metadata');
  }
  if (meta.Version !== 1) throw broken(`unsupported snapshot version ${meta.Version ?? 0}`);
  return meta as ArchiveMeta;
}

function isNatural(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
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
