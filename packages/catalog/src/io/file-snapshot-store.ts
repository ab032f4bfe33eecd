import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CatalogError } from '../errors.ts';
import type { EntryId, SnapshotMeta, SnapshotSink, SnapshotStore } from '../log/log-store.ts';
import { isSystemError, onDisk } from './disk-error.ts';

/**
 * Snapshots as files, one each: the content, then what it is in JSON with its SHA-256, then the length of that JSON in 4
 * bytes. A file gets its name when all of it is on disk. ADR 0030.
 */

const suffix = '.snapshot';
const unfinished = '.tmp';
const formatVersion = 1;
const lengthBytes = 4;
/** The configuration of a cluster is far smaller. */
const trailerBytesMax = 1024 * 1024;
const nameShape = /^(\d{16})-(\d{16})\.snapshot$/;

interface Trailer {
  readonly format: number;
  readonly index: number;
  readonly term: number;
  /** In base64. */
  readonly configuration: string;
  readonly size: number;
  readonly sha256: string;
}

/** The snapshots in a folder. */
export class FileSnapshotStore implements SnapshotStore {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Makes the folder when it is missing, and removes files that were not finished.
   * @throws CatalogError CATALOG_DISK.
   */
  static async open(folder: string): Promise<FileSnapshotStore> {
    await onDisk('the snapshots cannot be used', async () => {
      await mkdir(folder, { recursive: true });
      for (const name of await readdir(folder)) {
        if (name.endsWith(unfinished)) await rm(join(folder, name), { force: true });
      }
    });
    return new FileSnapshotStore(folder);
  }

  async list(): Promise<readonly SnapshotMeta[]> {
    const found: SnapshotMeta[] = [];
    for (const name of (await readdir(this.#folder)).sort().reverse()) {
      const [, index, term] = nameShape.exec(name) ?? [];
      if (index === undefined || term === undefined) continue;
      const id = { index: Number(index), term: Number(term) };
      const trailer = await this.#wholeTrailerOf(id);
      const configuration = Buffer.from(trailer?.configuration ?? '', 'base64');
      found.push({ ...id, configuration });
    }
    return found;
  }

  async create(meta: SnapshotMeta): Promise<SnapshotSink> {
    const path = this.#pathOf(meta);
    const file = await open(path + unfinished, 'w');
    return new FileSink({ file, path, folder: this.#folder, meta });
  }

  async *open(id: EntryId): AsyncIterable<Uint8Array> {
    try {
      yield* this.#contentOf(id);
    } catch (error) {
      // An older snapshot may do in the place of a file that cannot be read.
      throw isSystemError(error) ? broken(error.message) : error;
    }
  }

  async *#contentOf(id: EntryId): AsyncIterable<Uint8Array> {
    const { size, sha256, format } = await this.#trailerOf(id);
    if (format !== formatVersion) throw broken(`it has the format ${format}, not ${formatVersion}`);
    const hash = createHash('sha256');
    let bytes = 0;
    if (size > 0) {
      const content = createReadStream(this.#pathOf(id), { end: size - 1, highWaterMark: 256 * 1024 });
      for await (const chunk of content as AsyncIterable<Buffer>) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    }
    if (bytes !== size || hash.digest('hex') !== sha256) throw broken('its checksum is wrong');
  }

  async keepNewest(count: number, broken: readonly EntryId[]): Promise<void> {
    const whole: EntryId[] = [];
    const others: EntryId[] = [];
    for (const id of await this.list()) {
      const isWhole =
        !broken.some((one) => isSame(one, id)) && (await this.#wholeTrailerOf(id)) !== undefined;
      (isWhole ? whole : others).push(id);
    }
    if (whole.length === 0) return;
    for (const id of [...others, ...whole.slice(count)]) await rm(this.#pathOf(id), { force: true });
  }

  /** Undefined for a file that does not end as it should. */
  async #wholeTrailerOf(id: EntryId): Promise<Trailer | undefined> {
    try {
      return await this.#trailerOf(id);
    } catch (error) {
      if (error instanceof CatalogError && error.code === 'CATALOG_SNAPSHOT') return undefined;
      throw error;
    }
  }

  async #trailerOf(id: EntryId): Promise<Trailer> {
    const path = this.#pathOf(id);
    const { size: fileBytes } = await stat(path);
    const file = await open(path, 'r');
    try {
      const trailerBytes = (await readAt(file, fileBytes - lengthBytes, lengthBytes)).readUInt32BE();
      if (trailerBytes > trailerBytesMax) throw broken('it does not end as it should');
      const text = await readAt(file, fileBytes - lengthBytes - trailerBytes, trailerBytes);
      return toTrailer(text.toString('utf8'), fileBytes - lengthBytes - trailerBytes);
    } finally {
      await file.close();
    }
  }

  #pathOf({ index, term }: EntryId): string {
    const digits = (value: number) => String(value).padStart(16, '0');
    return join(this.#folder, `${digits(index)}-${digits(term)}${suffix}`);
  }
}

function isSame(a: EntryId, b: EntryId): boolean {
  return a.index === b.index && a.term === b.term;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  if (position < 0) throw broken('it is too short');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead !== length) throw broken('it is too short');
  return buffer;
}

function toTrailer(text: string, contentBytes: number): Trailer {
  let trailer: Partial<Trailer>;
  try {
    trailer = JSON.parse(text) as Partial<Trailer>;
  } catch {
    throw broken('it does not end as it should');
  }
  const { format, index, term, configuration, size, sha256 } = trailer;
  if (
    typeof format !== 'number' ||
    typeof index !== 'number' ||
    typeof term !== 'number' ||
    typeof configuration !== 'string' ||
    typeof sha256 !== 'string' ||
    size !== contentBytes
  ) {
    throw broken('it does not end as it should');
  }
  return { format, index, term, configuration, size, sha256 };
}

function broken(reason: string): CatalogError {
  return new CatalogError('CATALOG_SNAPSHOT', `the snapshot is broken: ${reason}`);
}

interface FileSinkParts {
  readonly file: FileHandle;
  readonly path: string;
  readonly folder: string;
  readonly meta: SnapshotMeta;
}

class FileSink implements SnapshotSink {
  readonly #parts: FileSinkParts;
  readonly #hash: Hash = createHash('sha256');
  #size = 0;
  #isNamed = false;

  constructor(parts: FileSinkParts) {
    this.#parts = parts;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    this.#size += chunk.length;
    await this.#parts.file.appendFile(chunk);
  }

  async commit(): Promise<void> {
    const { file, path, folder, meta } = this.#parts;
    const { index, term } = meta;
    const configuration = Buffer.from(meta.configuration).toString('base64');
    const sha256 = this.#hash.digest('hex');
    const trailer = Buffer.from(
      JSON.stringify({ format: formatVersion, index, term, configuration, size: this.#size, sha256 }),
    );
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32BE(trailer.length);
    await file.appendFile(Buffer.concat([trailer, length]));
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(path + unfinished, path);
    this.#isNamed = true;
    await syncFolder(folder);
  }

  async abort(): Promise<void> {
    const { file, path } = this.#parts;
    try {
      await file.close();
    } finally {
      // Without the sync of its folder nobody knows whether the name stays.
      await rm(this.#isNamed ? path : path + unfinished, { force: true });
    }
  }
}

/** A new name is on disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
