import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { acquireLock, type FileLock, type LockHolder } from '../files/lock-file.ts';
import { makeDirectory } from '../files/make-directory.ts';
import { readRegularFile } from '../files/read-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import { resolveFilePath } from '../files/resolve-path.ts';
import type { LogStorage } from '../ports.ts';

/** As serf's: the members of a pool are no secret, but only we write. */
const fileMode = 0o644;
const folderMode = 0o755;
/** A snapshot is compacted long before: this is some other file. */
const fileBytesMax = 256 * 1024 * 1024;

/** How a line begins that serf or we write. */
const snapshotLine =
  /^(alive: |not-alive: |clock: |event-clock: |query-clock: |coordinate: |leave$|# hobnob )/m;

/** A snapshot file that this process alone may write. */
export interface OpenSnapshotFile {
  readonly storage: LogStorage;
  /** Whose lock was taken over: a process that ended without freeing it. */
  readonly takenOverFrom: LockHolder | undefined;
}

/**
 * Locks the snapshot on a disk and proves that it can be written: what is there is put in its place once more, with every
 * step that later writing takes. Folders on the way are made when they are missing.
 * @throws LockError when another process uses it; Error of the operating system. What was there is unchanged.
 */
export async function openSnapshotFile(path: string): Promise<OpenSnapshotFile> {
  const at = await resolveFilePath(path, folderMode);
  // Before the lock is made, so that nothing is left beside a folder or device.
  const before = await readRegularFile(at, fileBytesMax);
  if (before !== undefined) requireSnapshot(before, at);
  const lock = await acquireLock(`${at}.lock`);
  const file = new SnapshotFile(at, lock);
  try {
    await proveWritable(file, at);
    return { storage: file, takenOverFrom: lock.takenOverFrom };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function proveWritable(file: SnapshotFile, path: string): Promise<void> {
  const content = await file.read();
  if (content === undefined) {
    await file.replace(new Uint8Array(0));
    await rm(path);
    return;
  }
  // Renaming needs the folder's permission only: a file that is kept from being written must not be replaced.
  const handle = await open(path, 'r+');
  await handle.close();
  await file.replace(content);
}

/** A file that holds something else is not ours to write anew. NUL bytes are what a power cut may leave of any file. */
function requireSnapshot(bytes: Uint8Array, path: string): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  if (/^[\0\s]*$/.test(text) || snapshotLine.test(text)) return;
  throw new Error(`${path} holds no line of a snapshot: choose another path, or remove the file`);
}

class SnapshotFile implements LogStorage {
  readonly #path: string;
  readonly #lock: FileLock;
  #handle: FileHandle | undefined;

  constructor(path: string, lock: FileLock) {
    this.#path = path;
    this.#lock = lock;
  }

  read(): Promise<Uint8Array | undefined> {
    return readRegularFile(this.#path, fileBytesMax);
  }

  async append(bytes: Uint8Array): Promise<void> {
    const handle = this.#handle ?? (await this.#open());
    this.#handle = handle;
    await this.#requireOurs(handle);
    await handle.appendFile(bytes);
  }

  async replace(bytes: Uint8Array): Promise<void> {
    await this.#closeHandle();
    await makeDirectory(dirname(this.#path), folderMode);
    await this.#lock.confirm();
    // The name that serf uses.
    await replaceFile(this.#path, bytes, { mode: fileMode, temporary: `${this.#path}.compact` });
  }

  async sync(): Promise<void> {
    await this.#handle?.sync();
  }

  async close(): Promise<void> {
    await this.#closeHandle();
    await this.#lock.release();
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #open(): Promise<FileHandle> {
    await this.#lock.confirm();
    return open(this.#path, 'a', fileMode);
  }

  /** What is appended to a file that was removed or replaced would be lost without an error. */
  async #requireOurs(handle: FileHandle): Promise<void> {
    const [open, named] = await Promise.all([handle.stat(), stat(this.#path)]);
    if (open.ino === named.ino && open.dev === named.dev) return;
    throw new Error(`${this.#path} was replaced by another file`);
  }
}
