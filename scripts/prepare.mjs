import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's top folder, wherever it was cloned to. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const stampFile = join(root, 'node_modules', '.cache', 'hobnob-install');

/** Everything that decides what an install puts into node_modules. */
function installFingerprint() {
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name, 'package.json'));
  const hash = createHash('sha256').update(`node ${process.versions.modules} ${process.platform}\n`);
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...packages.sort()]) {
    hash.update(existsSync(join(root, file)) ? readFileSync(join(root, file)) : 'absent').update('\n');
  }
  return hash.digest('hex');
}

/** Runs a command quietly; on failure prints what it said and ends this process with its exit code. */
function runQuietly(title, command, args, env = process.env) {
  const startedMs = performance.now();
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (result.error !== undefined || result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    process.stderr.write(`${title} failed${result.error ? `: ${result.error.message}` : ''}\n`);
    process.exit(result.status || 1);
  }
  process.stderr.write(`${title}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
}

/** Lets git check commit messages in this clone, unless it is told of other hooks already. */
function setUpHooks() {
  if (process.env.CI !== undefined || !existsSync(join(root, '.git'))) return;
  const git = (...args) => spawnSync('git', ['config', '--local', ...args], { cwd: root, encoding: 'utf8' });
  if (git('--get', 'core.hooksPath').stdout?.trim() === '') git('core.hooksPath', '.githooks');
}

/** Installs the locked dependencies with the pinned pnpm, fetched by npx; nothing when they are in place. */
export function install() {
  setUpHooks();
  const fingerprint = installFingerprint();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // CI stops pnpm from asking whether it may replace a node_modules that another tool left.
  const env = { ...process.env, CI: 'true' };
  runQuietly(
    'Installing dependencies',
    'npx',
    ['-y', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only'],
    env,
  );
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, fingerprint);
}

/** Compiles the given projects and what they refer to; the compiler skips what is up to date. */
export function build(...projects) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  runQuietly('Building', process.execPath, [tsc, '-b', ...projects]);
}
