import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it that are missing, as Go's MkdirAll. Rejects with Node's error for the
 * directory that could not be made. Node's own `recursive` never returns where a file system claims, as /proc
 * does, that the parent it has just been shown does not exist.
 */
export async function makeDirectory(path: string, mode: number): Promise<void> {
  if (await isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeDirectory(parent, mode);
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Somebody else may have made it meanwhile; what is no directory stays an error.
    if (!(await isDirectory(path))) throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    // Whatever the reason is, making the directory fails for the same one and tells it.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
