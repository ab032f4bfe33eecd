import { isUtf8 } from 'node:buffer';
import { lstat, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, messageOf } from '@hobnob/gossip/files';
import { AgentError } from '../errors.ts';
import { type ConfigFile, type ConfigFormat, configFormats } from './parse-files.ts';

/** A larger file is no configuration: the path is a mistake. */
const fileBytesMax = 4 * 1024 * 1024;
const chunkBytes = 64 * 1024;

/** The files of a configuration, and the files that were skipped. */
export interface FoundFiles {
  readonly files: readonly ConfigFile[];
  /** Files that are neither JSON nor HCL. */
  readonly skipped: readonly string[];
}

/**
 * Reads configuration files and directories in the order given; of a directory its files in name order, without descending.
 * Either flag of Consul may name either. The end of a file's name says in which format it is, unless `format` does, which
 * holds for all.
 * @throws AgentError AGENT_CONFIG_FILE when something cannot be read.
 */
export async function readConfigFiles(paths: readonly string[], format?: ConfigFormat): Promise<FoundFiles> {
  const files: ConfigFile[] = [];
  const skipped: string[] = [];
  const add = (path: string, found: ConfigFile | 'skipped' | undefined): void => {
    if (found === 'skipped') skipped.push(path);
    else if (found !== undefined) files.push(found);
  };
  for (const path of paths) {
    const info = await attempt(path, () => stat(path));
    const names = info.isDirectory() ? (await attempt(path, () => readdir(path))).sort() : undefined;
    if (names === undefined) add(path, await readFile(path, format));
    for (const name of names ?? []) {
      const file = join(path, name);
      add(file, await unlessRemoved(file, () => readListed(file, format)));
    }
  }
  return { files, skipped };
}

function formatOf(path: string): ConfigFormat | undefined {
  return configFormats.find((format) => path.endsWith(`.${format}`));
}

async function readFile(
  path: string,
  givenFormat: ConfigFormat | undefined,
): Promise<ConfigFile | 'skipped'> {
  const format = givenFormat ?? formatOf(path);
  if (format === undefined) return 'skipped';
  const content = await attempt(path, () => readBounded(path));
  if (content === undefined) {
    throw new AgentError('AGENT_CONFIG_FILE', `${path} has more than ${fileBytesMax} bytes`);
  }
  // In JSON Consul replaces what is not UTF-8; in HCL it refuses it.
  if (format === 'hcl' && !isUtf8(content)) {
    throw new AgentError('AGENT_CONFIG_FILE', `${path} is not written in UTF-8`);
  }
  return { path, text: content.toString('utf8'), format };
}

/** A file of a directory; undefined for a directory in it. */
async function readListed(
  path: string,
  format: ConfigFormat | undefined,
): Promise<ConfigFile | 'skipped' | undefined> {
  const info = await attempt(path, () => stat(path));
  if (info.isDirectory()) return undefined;
  // One that is named may be the output of a program; one that lies there would be waited for, by every reload.
  if ((info.isFIFO() || info.isSocket()) && (format ?? formatOf(path)) !== undefined) {
    throw new AgentError('AGENT_CONFIG_FILE', `${path} is not a regular file`);
  }
  return readFile(path, format);
}

/** What `read` resolves with; undefined for a file that was removed since its directory was read. A link to nothing is a fault. */
async function unlessRemoved<T>(path: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const listed: unknown = await lstat(path).catch((gone: unknown) => gone);
    if (errorCode(listed) === 'ENOENT') return undefined;
    throw error;
  }
}

/** What a file holds, whatever its size was said to be; undefined when that is too much. */
async function readBounded(file: string): Promise<Buffer | undefined> {
  const handle = await open(file);
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes));
      if (bytesRead === 0) return Buffer.concat(chunks, length);
      length += bytesRead;
      if (length > fileBytesMax) return undefined;
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'too many links',
};

async function attempt<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const reason = reasons[errorCode(cause)] ?? messageOf(cause);
    throw new AgentError('AGENT_CONFIG_FILE', `config: Open failed on ${path}. open ${path}: ${reason}`, {
      cause,
    });
  }
}
