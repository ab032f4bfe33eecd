// `npm test`: installs, builds and runs every test that needs nothing but this repository.
import { requireNode } from './node-version.mjs';

requireNode('20.19');
const { spawnSync } = await import('node:child_process');
const { availableParallelism } = await import('node:os');
const { join } = await import('node:path');
const { build, install, root } = await import('./prepare.mjs');

install();
build();
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const projects = ['unit', 'alone', 'sim', 'tidy'].flatMap((name) => ['--project', name]);
// These tests mostly compute, so every core gets a worker. Suites that start processes keep to the default, one fewer.
const workers = `--maxWorkers=${availableParallelism()}`;
const result = spawnSync(process.execPath, [vitest, 'run', ...projects, workers, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(result.status ?? 1);
