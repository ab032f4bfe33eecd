// `npm run bench -- NAME`: runs test/bench/NAME.bench.ts from source, through vite's module runner.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { install, root } from './prepare.mjs';

install();
const folder = join(root, 'test', 'bench');
const name = process.argv[2];
const file = join(folder, `${name}.bench.ts`);
if (name === undefined || !existsSync(file)) {
  const names = (await readdir(folder, { recursive: true })).filter((entry) => entry.endsWith('.bench.ts'));
  const list = names
    .toSorted()
    .map((entry) => `  ${entry.replace('.bench.ts', '').replaceAll('\\', '/')}\n`)
    .join('');
  process.stderr.write(`usage: npm run bench -- NAME\nNAME is one of:\n${list}`);
  process.exit(2);
}

// vite is vitest's own dependency, not ours: resolve it from there.
const fromVitest = createRequire(createRequire(join(root, 'package.json')).resolve('vitest/package.json'));
const vite = await import(pathToFileURL(fromVitest.resolve('vite')).href);
const conditions = ['@hobnob/source', 'module', 'node'];
const server = await vite.createServer({
  root,
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, watch: null, ws: false, hmr: false },
  ssr: { resolve: { conditions }, noExternal: [/^@hobnob\//] },
});
try {
  const runner = vite.createServerModuleRunner(server.environments.ssr, { hmr: false });
  const bench = await runner.import(file);
  await bench.run(process.argv.slice(3));
  await runner.close();
} finally {
  await server.close();
}
