import { lstat, mkdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { hasCode } from './error-code.ts';

/** As Linux. */
const linksMax = 40;

/**
 * Where a file really is or will be: links are followed, also one that leads to nothing yet, and the missing folders on
 * the way are made. Two names of one file give the same path, so that they share a lock, and replacing the file does not
 * replace a link to it.
 * @throws Error with the operating system's code.
 */
export async function resolveFilePath(path: string, folderMode: number): Promise<string> {
  let at = resolve(path);
  for (let links = 0; links <= linksMax; links += 1) {
    const folder = dirname(at);
    await makeDirectory(folder, folderMode);
    at = join(await realpath(folder), basename(at));
    if (!(await isLink(at))) return at;
    at = resolve(dirname(at), await readlink(at));
  }
  throw Object.assign(new Error(`ELOOP: too many symbolic links encountered, open '${path}'`), {
    code: 'ELOOP',
    path,
  });
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

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
