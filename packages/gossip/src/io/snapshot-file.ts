import { type FileHandle, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LogStorage } from '../ports.ts';

/** As serf's: the members of a pool are no secret, but only we write. */
const fileMode = 0o644;
const folderMode = 0o755;
/** A snapshot is compacted long before: this is some other file. */
const fileBytesMax = 256 * 1024 * 1024;

/** The snapshot on a disk. Folders on the way to it are made when they are missing. */
export function openSnapshotFile(path: string): LogStorage {
  return new SnapshotFile(path);
}

class SnapshotFile implements LogStorage {
  readonly #path: string;
  #handle: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      const found = await stat(this.#path);
      // It is going to be replaced by renaming, which would take a device away from the whole machine.
      if (!found.isFile() && !found.isDirectory()) throw new Error(`${this.#path} is not a regular file`);
      const { size } = found;
      if (size > fileBytesMax) throw new Error(`${this.#path} has ${size} bytes and is no snapshot`);
      return await readFile(this.#path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#handle ??= await this.#open();
    await this.#handle.appendFile(bytes);
  }

  async replace(bytes: Uint8Array): Promise<void> {
    await this.close();
    await mkdir(dirname(this.#path), { recursive: true, mode: folderMode });
    // The name that serf uses; what a crash left under it is overwritten.
    const fresh = `${this.#path}.compact`;
    const handle = await open(fresh, 'w', fileMode);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, this.#path);
    await syncFolder(dirname(this.#path));
  }

  async sync(): Promise<void> {
    await this.#handle?.sync();
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.#path), { recursive: true, mode: folderMode });
    return open(this.#path, 'a', fileMode);
  }
}

/** A rename survives a power cut only once the folder is on disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
