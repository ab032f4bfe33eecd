import { isUtf8 } from 'node:buffer';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, messageOf } from '@hobnob/gossip/files';
import { AgentError } from '../errors.ts';
import { type ConfigFile, type ConfigFormat, configFormats } from './parse-files.ts';

/** A larger file is no configuration: the path is a mistake. */
const fileBytesMax = 4 * 1024 * 1024;

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
      const formatOfFile = format ?? formatOf(file);
      if (formatOfFile === undefined) skipped.push(file);
      else
        files.push({
          path: file,
          text: await readText(file, found.size, formatOfFile),
          format: formatOfFile,
        });
    }
  }
  return { files, skipped };
}

function formatOf(path: string): ConfigFormat | undefined {
  return configFormats.find((format) => path.endsWith(`.${format}`));
}

async function readText(file: string, bytes: number, format: ConfigFormat): Promise<string> {
  if (bytes > fileBytesMax) {
    throw new AgentError('AGENT_CONFIG_FILE', `${file} has ${bytes} bytes, at most ${fileBytesMax} are read`);
  }
  const content = await attempt(file, () => readFile(file));
  // In JSON Consul replaces what is not UTF-8; in HCL it refuses it.
  if (format === 'hcl' && !isUtf8(content)) {
    throw new AgentError('AGENT_CONFIG_FILE', `${file} is not written in UTF-8`);
  }
  return content.toString('utf8');
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
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
