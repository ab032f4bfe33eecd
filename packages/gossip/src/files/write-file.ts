import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * Writes a regular file, over what it holds. A device, socket or named pipe is refused without waiting for it.
 * @throws Error with the operating system's code, or one that names the path and what is there instead.
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
