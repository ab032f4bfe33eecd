import { isUtf8 } from 'node:buffer';
import { open, readdir, stat } from 'node:fs/promises';
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
  for (const path of paths) {
    const info = await attempt(path, () => stat(path));
    const names = info.isDirectory() ? (await attempt(path, () => readdir(path))).sort() : undefined;
    for (const file of names?.map((name) => join(path, name)) ?? [path]) {
      const found = names === undefined ? info : await attempt(file, () => stat(file));
      if (found.isDirectory()) continue;
      // One that is named may be the output of a program; one that lies there would be waited for, by every reload.
      if (names !== undefined && (found.isFIFO() || found.isSocket())) {
        throw new AgentError('AGENT_CONFIG_FILE', `${file} is not a regular file`);
      }
      const formatOfFile = format ?? formatOf(file);
      if (formatOfFile === undefined) skipped.push(file);
      else
        files.push({
          path: file,
          text: await readText(file, formatOfFile),
          format: formatOfFile,
        });
    }
  }
  return { files, skipped };
}

function formatOf(path: string): ConfigFormat | undefined {
  return configFormats.find((format) => path.endsWith(`.${format}`));
}

async function readText(file: string, format: ConfigFormat): Promise<string> {
  const content = await attempt(file, () => readBounded(file));
  if (content === undefined) {
    throw new AgentError('AGENT_CONFIG_FILE', `${file} has more than ${fileBytesMax} bytes`);
  }
  // In JSON Consul replaces what is not UTF-8; in HCL it refuses it.
  if (format === 'hcl' && !isUtf8(content)) {
    throw new AgentError('AGENT_CONFIG_FILE', `${file} is not written in UTF-8`);
  }
  return content.toString('utf8');
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
