import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sourceFolder = fileURLToPath(new URL('./go-peer', import.meta.url));
const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache/go-peer', import.meta.url));
const sourceFiles = ['go.mod', 'go.sum', 'main.go', 'node.go'] as const;

/** Where the program of these very sources lies once it is built. */
function programPath(): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of sourceFiles) hash.update(file).update(readFileSync(join(sourceFolder, file)));
  return join(cacheFolder, hash.digest('hex').slice(0, 16), 'go-peer');
}

/** The node of the newest serf and memberlist, or undefined when it could not be built. */
export const goPeerProgram = existsSync(programPath()) ? programPath() : undefined;

function hasGo(): boolean {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Before the interop suites: builds the node of the newest serf and memberlist from the locked modules, unless
 * these sources have been built. Without Go its suites are skipped, which CI must not accept.
 */
export function setup(): void {
  const path = programPath();
  if (existsSync(path)) return;
  if (!hasGo()) {
    const reason = 'go is not installed: the tests with the newest serf and memberlist are skipped.';
    if (process.env['CI'] !== undefined && process.env['CI'] !== 'false')
      throw new Error(`${reason} CI needs them.`);
    process.stderr.write(`${reason}\n`);
    return;
  }
  // Older builds are removed, and an interrupted build must not look like a complete one.
  rmSync(cacheFolder, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const env = { ...process.env, GOFLAGS: '-mod=readonly -buildvcs=false' };
  execFileSync('go', ['build', '-o', unfinished, '.'], { cwd: sourceFolder, env, stdio: 'inherit' });
  renameSync(unfinished, path);
}
