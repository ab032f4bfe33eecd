// Runs every compiled example for real. An example shows one thing and ends by itself with exit code 0.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/prepare.mjs';

const timeoutMs = 60_000;
const sources = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'));
if (sources.length === 0) {
  process.stderr.write('there are no examples\n');
  process.exit(1);
}
let failures = 0;
for (const source of sources) {
  const file = join(root, 'examples', 'dist', source.replace(/\.ts$/, '.js'));
  const startedMs = performance.now();
  const run = spawnSync(process.execPath, [file], { cwd: root, encoding: 'utf8', timeout: timeoutMs });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (run.status === 0) {
    process.stdout.write(`examples/${source}: ok in ${seconds} s\n`);
    continue;
  }
  failures += 1;
  const how = run.error?.message ?? run.signal ?? `exit code ${run.status}`;
  process.stdout.write(`examples/${source}: ${how} after ${seconds} s\n${run.stdout}${run.stderr}\n`);
}
process.exit(failures === 0 ? 0 : 1);
