import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface FileOnDisk {
  readonly path: string;
  /** What it takes on the disk, which is less than its length when it has holes. */
  readonly bytes: number;
  readonly changedMs: number;
}

/** All files below a folder; those that vanish meanwhile are left out. */
export async function filesBelow(folder: string): Promise<readonly FileOnDisk[]> {
  const found: FileOnDisk[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const file = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (file !== undefined) found.push({ path, bytes: file.blocks * 512, changedMs: file.mtimeMs });
  }
  return found;
}

/** In MB. */
export async function sizeBelow(folder: string): Promise<number> {
  return (await filesBelow(folder)).reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
}
