import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, messageOf } from '@hobnob/gossip/files';
import { AgentError } from '../errors.ts';
import type { ConfigFile } from './parse-files.ts';

/** A larger file is no configuration: the path is a mistake. */
const fileBytesMax = 4 * 1024 * 1024;

/** The files of a configuration, and the files that were skipped. */
export interface FoundFiles {
  readonly files: readonly ConfigFile[];
  /** Files that are neither JSON nor HCL. */
  readonly skipped: readonly string[];
}

/**
 * Reads configuration files and directories in the order given; of a directory its `.json` files in name
 * order, without descending. Either flag of Consul may name either.
 * @throws AgentError AGENT_CONFIG_FILE when something cannot be read, or is HCL: leaving out what the operator
 *   wrote would start another agent than the one described.
 */
export async function readConfigFiles(paths: readonly string[]): Promise<FoundFiles> {
  const files: ConfigFile[] = [];
  const skipped: string[] = [];
  for (const path of paths) {
    const info = await attempt(path, () => stat(path));
    const names = info.isDirectory() ? (await attempt(path, () => readdir(path))).sort() : undefined;
    for (const file of names?.map((name) => join(path, name)) ?? [path]) {
      const found = names === undefined ? info : await attempt(file, () => stat(file));
      if (found.isDirectory()) continue;
      if (file.endsWith('.json')) files.push({ path: file, text: await readText(file, found.size) });
      else if (file.endsWith('.hcl')) throw new AgentError('AGENT_CONFIG_FILE', hclSentence(file));
      else skipped.push(file);
    }
  }
  return { files, skipped };
}

function hclSentence(file: string): string {
  return `${file} is HCL, which this version does not read: rewrite it as JSON with the same keys`;
}

async function readText(file: string, bytes: number): Promise<string> {
  if (bytes > fileBytesMax) {
    throw new AgentError('AGENT_CONFIG_FILE', `${file} has ${bytes} bytes, at most ${fileBytesMax} are read`);
  }
  return attempt(file, () => readFile(file, 'utf8'));
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
