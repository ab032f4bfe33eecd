import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../source-files.ts';
import { skipOrFail } from './go-program.ts';

/** A client library of another language, and the program here that uses it. */
export interface InstalledClient {
  /** Names its place among the installed ones. */
  readonly name: string;
  /** The folder of the program, from the root of the repository; it is installed with it. */
  readonly folder: string;
  /** Installs what the folder's lock file lists, in a copy of the folder: a command and its arguments. */
  readonly install: readonly [command: string, ...args: string[]];
  /** What has to work before: a command and its arguments. */
  readonly needs: readonly [command: string, ...args: string[]];
}

/** Where a client of these very files lies once it is installed. */
function installedPath({ name, folder, install }: InstalledClient): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${install.join(' ')}\n`);
  for (const file of readdirSync(join(root, folder)).toSorted()) {
    hash.update(file).update(readFileSync(join(root, folder, file)));
  }
  return join(root, 'node_modules', '.cache', name, hash.digest('hex').slice(0, 16));
}

/** The folder of the program with its client, or undefined when it could not be installed. */
export function installedClient(client: InstalledClient): string | undefined {
  const path = installedPath(client);
  return existsSync(path) ? path : undefined;
}

/**
 * Installs a client, unless these files have been installed.
 * @throws Error under CI when what it needs is not there, and when the installation fails.
 */
export function installClient(client: InstalledClient): void {
  const path = installedPath(client);
  if (existsSync(path)) return;
  const [needed, ...neededArgs] = client.needs;
  if (spawnSync(needed, neededArgs, { stdio: 'ignore' }).status !== 0) {
    skipOrFail(`${client.needs.join(' ')} does not work: the tests of ${client.folder} are skipped.`);
    return;
  }
  // Older installations are removed, and an interrupted one must not look complete.
  rmSync(dirname(path), { recursive: true, force: true });
  const unfinished = `${path}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  cpSync(join(root, client.folder), unfinished, { recursive: true });
  const [command, ...args] = client.install;
  execFileSync(command, args, { cwd: unfinished, stdio: 'inherit' });
  renameSync(unfinished, path);
}
