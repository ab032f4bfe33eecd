// `npm start`: installs, builds and becomes a development agent. The agent runs in this very process,
// so that Ctrl-C, kill and the exit code are the agent's own.
import { requireNode } from './node-version.mjs';

requireNode('20.19');
const { join } = await import('node:path');
const { pathToFileURL } = await import('node:url');
const { build, install, root } = await import('./prepare.mjs');

install();
build('packages/cli');
const hasFlags = process.argv.length > 2;
const place = hasFlags ? '' : ' Look at http://127.0.0.1:8500/v1/agent/members.';
process.stderr.write(`Starting a development agent; Ctrl-C stops it.${place}\n`);
const bin = join(root, 'packages', 'cli', 'dist', 'bin.js');
process.argv = [process.argv[0], bin, 'agent', '-dev', ...process.argv.slice(2)];
await import(pathToFileURL(bin).href);
