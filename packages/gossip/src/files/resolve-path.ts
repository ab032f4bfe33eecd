import { lstat, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { hasCode } from './error-code.ts';
import { makeDirectory } from './make-directory.ts';

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
