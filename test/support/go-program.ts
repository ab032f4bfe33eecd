import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../source-files.ts';

/** A Go module of this repository, and what is built from it. */
export interface GoProgram {
  /** Names the program, and its place among the builds. */
  readonly name: string;
  /** The module's folder, from the root of the repository. */
  readonly folder: string;
  /** Builds the tests of this package, of a module that go.mod locks, instead of the module's own command. */
  readonly testsOf?: string;
}

const sourceFile = /(\.go|^go\.mod|^go\.sum)$/;

/** Where the program of these very sources lies once it is built. */
function programPath({ name, folder, testsOf = '' }: GoProgram): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${testsOf}\n`);
  const files = readdirSync(join(root, folder)).filter((file) => sourceFile.test(file));
  for (const file of files.toSorted()) hash.update(file).update(readFileSync(join(root, folder, file)));
  return join(root, 'node_modules', '.cache', name, hash.digest('hex').slice(0, 16), name);
}

/** The built program, or undefined when it could not be built. */
export function builtGoProgram(program: GoProgram): string | undefined {
  const path = programPath(program);
  return existsSync(path) ? path : undefined;
}

/**
 * Builds the programs from their locked modules, unless these sources have been built.
 * @param what is skipped without Go, which CI must not accept.
 * @throws Error without Go under CI, and when a build fails.
 */
export function buildGoPrograms(programs: readonly GoProgram[], what: string): void {
  const missing = programs.filter((program) => builtGoProgram(program) === undefined);
  if (missing.length === 0) return;
  if (!hasCommand('go', 'version')) {
    skipOrFail(`go is not installed: ${what} are skipped.`);
    return;
  }
  for (const program of missing) build(program);
}

function build(program: GoProgram): void {
  const path = programPath(program);
  // Older builds are removed, and an interrupted build must not look like a complete one.
  rmSync(dirname(dirname(path)), { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const args =
    program.testsOf === undefined ? ['build', '-o', unfinished, '.'] : testBuild(program, unfinished);
  const env = { ...process.env, GOFLAGS: '-mod=readonly -buildvcs=false' };
  execFileSync('go', args, { cwd: join(root, program.folder), env, stdio: 'inherit' });
  renameSync(unfinished, path);
}

function testBuild({ testsOf = '' }: GoProgram, out: string): readonly string[] {
  return ['test', '-c', '-o', out, testsOf];
}

/** Whether a command is there; what it says does not matter. */
function hasCommand(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Says why tests are skipped. @throws Error under CI, which must not accept that. */
export function skipOrFail(reason: string): void {
  if (process.env['CI'] !== undefined && process.env['CI'] !== 'false') {
    throw new Error(`${reason} CI needs them.`);
  }
  process.stderr.write(`${reason}\n`);
}
