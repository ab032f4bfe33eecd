import { lstat, mkdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { hasCode } from './error-code.ts';

/** As Linux. */
const linksMax = 40;

/**
 * The real path of a file that exists or will exist: follows symbolic links, dangling ones included, and creates missing
 * folders. Two names of one file have the same path, so they share a lock, and replacing the file does not replace a link
 * to it.
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
 * Creates a directory and its missing parents, as Go's MkdirAll. Rejects with Node's error for the directory that could
 * not be created. Node's own `recursive` loops for ever on a file system such as /proc, which denies that an existing
 * parent exists.
 */
export async function makeDirectory(path: string, mode: number): Promise<void> {
  if (await isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeDirectory(parent, mode);
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Another process may have created it meanwhile; anything but a directory is an error.
    if (!(await isDirectory(path))) throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    // Creating the directory fails for the same reason and reports it.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
