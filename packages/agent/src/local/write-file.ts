import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';

/** Only the owner reads tokens. Source: Consul agent/agent.go. */
const mode = 0o600;

/**
 * Replaces a file or creates it: after a crash of this process the old or the new content is there, whole.
 * @param options `syncs`: whether the content is on disk when this resolves; its name is when `syncFolder` has followed.
 * @throws Error of the operating system; the file is unchanged then.
 */
export async function writeWhole(
  path: string,
  content: Uint8Array,
  { syncs }: { readonly syncs: boolean },
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await withFile(await open(temporary, 'wx', mode), async (file) => {
      await file.writeFile(content);
      if (syncs) await file.sync();
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Makes names in a folder safe from a power cut. Windows cannot open folders. @throws Error of the operating system. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await withFile(await open(folder, 'r'), (file) => file.sync());
}

async function withFile(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
