import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface ReplaceOptions {
  /** Permissions of the new file. */
  readonly mode: number;
  /** The name of the new file until it is complete. Default: a unique one. */
  readonly temporary?: string;
}

/**
 * Replaces the content of a file, or creates it. After a crash either the old or the new content is there, whole. The new
 * file is safe from a power cut when this resolves.
 * @throws Error of the operating system; the file is unchanged then.
 */
export async function replaceFile(
  path: string,
  content: Uint8Array | string,
  { mode, temporary = `${path}.${randomBytes(6).toString('hex')}.tmp` }: ReplaceOptions,
): Promise<void> {
  try {
    // A leftover of a crash is removed, not opened: it might be a link or a pipe.
    await rm(temporary, { force: true });
    await writeNewFile(temporary, content, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/**
 * Creates a file, which is on disk when this resolves.
 * @throws Error of the operating system, EEXIST when anything has the name, a link included. Nothing is left behind.
 */
export async function writeNewFile(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  const handle = await open(path, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** A new name survives a power cut only if its folder was synced. Windows cannot open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
