import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface ReplaceOptions {
  /** Permissions of the new file. */
  readonly mode: number;
  /** What the new file is called until it is whole. Default: a name of its own each time. */
  readonly temporary?: string;
}

/**
 * Puts other content in a file's place, or makes the file. After a crash the old content is there or the new one, never a
 * part of either. The new file is safe from a power cut when this resolves.
 * @throws Error of the operating system; the file is as it was then.
 */
export async function replaceFile(
  path: string,
  content: Uint8Array | string,
  { mode, temporary = `${path}.${randomBytes(6).toString('hex')}.tmp` }: ReplaceOptions,
): Promise<void> {
  try {
    // What a crash left under the name is not opened: a link or a pipe there would lead the bytes elsewhere.
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
 * Writes a file that does not exist yet, and has it on disk when this resolves.
 * @throws Error of the operating system, EEXIST when there is anything under the name, a link too. Nothing is left behind.
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

/** A new name survives a power cut only once the folder is on disk. Windows cannot open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
