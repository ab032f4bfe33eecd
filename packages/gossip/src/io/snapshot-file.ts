import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { acquireLock, type FileLock, type LockHolder } from '../files/lock-file.ts';
import { makeDirectory, resolveFilePath } from '../files/paths.ts';
import { readRegularFile } from '../files/regular-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { LogStorage } from '../ports.ts';

/** As serf's: everybody may read the members of a pool, and the owner alone writes. */
const fileMode = 0o644;
const folderMode = 0o755;
/** A larger file is no snapshot, because a snapshot is compacted long before. */
const fileBytesMax = 256 * 1024 * 1024;

/** The beginning of a line that serf or this package writes. */
const snapshotLine =
  /^(alive: |not-alive: |clock: |event-clock: |query-clock: |coordinate: |leave$|# hobnob )/m;

/** A snapshot file that is locked by this process. */
export interface OpenSnapshotFile {
  readonly storage: LogStorage;
  /** The process whose lock was taken over, because it ended without releasing it. */
  readonly takenOverFrom: LockHolder | undefined;
}

/**
 * Locks a snapshot file and checks that it is writable, by replacing it with its own content in the same steps as a later
 * write. Creates missing folders.
 * @throws LockError when another process has locked it; Error of the operating system. The file is unchanged then.
 */
export async function openSnapshotFile(path: string): Promise<OpenSnapshotFile> {
  const at = await resolveFilePath(path, folderMode);
  // Read before the lock file is created, so that a folder or device is refused without a trace.
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
  // Renaming needs only permission for the folder, so the permission for the file is checked here.
  const handle = await open(path, 'r+');
  await handle.close();
  await file.replace(content);
}

/** Refuses to overwrite a file that is no snapshot. NUL bytes are accepted, because a power cut may leave them. */
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
    // The name of serf's temporary file.
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

  /** Checks that the open file is still the one at the path: lines appended to a removed file would be lost silently. */
  async #requireOurs(handle: FileHandle): Promise<void> {
    const [open, named] = await Promise.all([handle.stat(), stat(this.#path)]);
    if (open.ino === named.ino && open.dev === named.dev) return;
    throw new Error(`${this.#path} was replaced by another file`);
  }
}
