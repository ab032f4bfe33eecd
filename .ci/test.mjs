// `npm test`: installs, builds and runs every test that needs nothing but this repository.
import { requireNode } from './node-version.mjs';

requireNode('20.19');
const { spawnSync } = await import('node:child_process');
const { join } = await import('node:path');
const { build, install, root } = await import('./prepare.mjs');

install();
build();
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const projects = ['unit', 'sim', 'tidy'].flatMap((name) => ['--project', name]);
const result = spawnSync(process.execPath, [vitest, 'run', ...projects, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(result.status ?? 1);
