import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { hasCode } from './error-code.ts';

const chunkBytes = 64 * 1024;

/**
 * The content of a regular file; undefined when there is none. A folder, device, socket or named pipe is refused
 * without waiting for it: the opening of a named pipe would otherwise wait for the other end.
 * @throws Error with the operating system's code, or one that names the path and the problem.
 */
export async function readRegularFile(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
  const handle = await openToRead(path);
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) {
      throw Object.assign(new Error(`${path} is a folder, not a file`), { code: 'EISDIR', path });
    }
    if (!stats.isFile()) throw new Error(`${path} is not a regular file`);
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const { bytesRead, buffer } = await handle.read(new Uint8Array(chunkBytes));
      if (bytesRead === 0) return Buffer.concat(chunks, length);
      length += bytesRead;
      if (length > bytesMax) throw new Error(`${path} has more than ${bytesMax} bytes`);
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

async function openToRead(path: string): Promise<FileHandle | undefined> {
  try {
    // Windows has no O_NONBLOCK.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Overwrites or creates a regular file. A device, socket or named pipe is refused without waiting for it.
 * @throws Error with the operating system's code, or one that names the path and the problem.
 */
export async function writeRegularFile(path: string, text: string): Promise<void> {
  const { O_WRONLY, O_CREAT, O_NONBLOCK } = constants;
  // Windows has no O_NONBLOCK.
  const handle = await open(path, O_WRONLY | O_CREAT | (O_NONBLOCK ?? 0));
  try {
    if (!(await handle.stat()).isFile()) throw new Error(`${path} is not a regular file`);
    await handle.truncate();
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}
