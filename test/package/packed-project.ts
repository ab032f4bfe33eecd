import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { readText, root } from '../source-files.ts';

/**
 * What a stranger gets: the four packages packed as for publishing and installed with npm into two projects of their own,
 * without a compiler. One is installed with npm's defaults, the other without install scripts and optional parts.
 */

export interface PackedProject {
  /** Beside the projects; holds the archives. Its name has a space. */
  readonly folder: string;
  readonly project: string;
  readonly leanProject: string;
  readonly archives: readonly string[];
  /** What npm said. */
  readonly installOutput: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    packed: PackedProject;
  }
}

const run = promisify(execFile);

/** Packs and installs once for all tests of the suite. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'hobnob foreign '));
  const archives: string[] = [];
  for (const name of ['gossip', 'catalog', 'agent', 'cli']) archives.push(await pack(name, folder));
  const project = join(folder, 'project');
  const leanProject = join(folder, 'lean');
  const installOutput = await install(project, archives, []);
  await install(leanProject, archives, ['--ignore-scripts', '--omit=optional']);
  provide('packed', { folder, project, leanProject, archives, installOutput });
  return () => rm(folder, { recursive: true, force: true });
}

/** Packs as for publishing: `workspace:` and `catalog:` become versions. Returns the archive's path. */
async function pack(name: string, folder: string): Promise<string> {
  const { packageManager } = JSON.parse(readText('package.json'));
  const args = ['-y', packageManager, 'pack', '--pack-destination', folder];
  await run('npx', args, { cwd: join(root, 'packages', name) });
  const file = (await readdir(folder)).find((entry) => entry.startsWith(`hobnob-${name}-`));
  if (file === undefined) throw new Error(`no archive of ${name}`);
  return join(folder, file);
}

async function install(
  project: string,
  archives: readonly string[],
  flags: readonly string[],
): Promise<string> {
  await mkdir(project);
  const manifest = { name: 'foreign', private: true, type: 'module' };
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest));
  const typesNode = /"@types\/node": (\S+)/.exec(readText('pnpm-workspace.yaml'))?.[1] ?? '20';
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', ...flags, ...archives];
  const { stdout, stderr } = await run('npm', [...args, `@types/node@${typesNode}`], { cwd: project });
  return stdout + stderr;
}
