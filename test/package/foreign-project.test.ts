import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readText, root } from '../source-files.ts';

/**
 * What a stranger gets: the four packages packed as for publishing and installed with npm into a project
 * of their own, without a compiler, without install scripts and without optional native parts.
 */

const run = promisify(execFile);
const packages = ['gossip', 'catalog', 'agent', 'cli'] as const;
let folder = '';
let project = '';
let installOutput = '';
const archives: string[] = [];

/** A strict consumer: it compiles only if the published types are whole. */
const consumer = `
import { createAgent, type Agent, AgentError, type AgentErrorCode } from '@hobnob/agent';
import { createGossip, GossipError, type Gossip, type GossipEvent, type Member } from '@hobnob/gossip';

const seen: string[] = [];
const gossip: Gossip = await createGossip({
  name: 'foreign',
  profile: 'local',
  bind: { host: '127.26.10.1', port: 0 },
  tags: { role: 'test' },
});
gossip.on('member-join', ({ members }) => {
  seen.push(...members.map((member: Member) => member.name));
});
const itself: Member | undefined = gossip.member('foreign');
if (itself?.tags['role'] !== 'test') throw new Error('the tags are lost');

const agent: Agent = await createAgent({
  dev: true,
  nodeName: 'foreign-agent',
  bindAddress: '127.26.10.2',
  clientAddress: '127.26.10.2',
});
const address: string | undefined = agent.httpAddresses[0];
if (address === undefined) throw new Error('no HTTP address');
const answer: unknown = await (await fetch(address + '/v1/agent/members')).json();
if (!Array.isArray(answer) || answer.length !== 1) throw new Error(JSON.stringify(answer));

const code: AgentErrorCode | 'GOSSIP_JOIN_FAILED' | undefined = await gossip
  .join(['127.26.10.3:1'], { timeoutMs: 2000 })
  .then(() => undefined, (error: unknown) => {
    if (error instanceof GossipError && error.code === 'GOSSIP_JOIN_FAILED') return error.code;
    if (error instanceof AgentError) return error.code;
    throw error;
  });
if (code !== 'GOSSIP_JOIN_FAILED') throw new Error(String(code));

const pending: Promise<IteratorResult<GossipEvent>> = gossip.events().next();
await Promise.all([agent.close(), gossip.close(), pending]);
console.log('closed');
`;

/** The pieces of the simulator's guide that belong into a scenario, as one program of a strict consumer. */
function guideProgram(): string {
  const blocks = Array.from(
    readText('docs/guides/simulator.md').matchAll(/```ts\n([\s\S]+?)```/g),
    ([, code = '']) => code,
  );
  const pieces = blocks.filter((code) => !code.includes("from 'vitest'")).map((code) => code.split('\n'));
  if (pieces.length < 2) throw new Error('the guide has lost its pieces of code');
  const isImport = (line: string): boolean => line.startsWith('import ');
  const scenarios = pieces.map((lines, i) => {
    const body = lines.filter((line) => !isImport(line)).join('\n');
    return `export async function scenario${i}(pool: TestCluster): Promise<unknown> {\n${body}\nreturn await pool.advance(1);\n}`;
  });
  const imports = pieces.flatMap((lines) => lines.filter(isImport));
  return [`import type { TestCluster } from '@hobnob/gossip/testing';`, ...imports, ...scenarios].join('\n');
}

const compilerOptions = {
  module: 'NodeNext',
  target: 'ES2022',
  lib: ['ES2023', 'ESNext.Disposable'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  outDir: 'out',
};

/** Packs as for publishing: `workspace:` and `catalog:` become versions. Returns the archive's path. */
async function pack(name: string): Promise<string> {
  const { packageManager } = JSON.parse(readText('package.json'));
  const args = ['-y', packageManager, 'pack', '--pack-destination', folder];
  await run('npx', args, { cwd: join(root, 'packages', name) });
  const file = (await readdir(folder)).find((entry) => entry.startsWith(`hobnob-${name}-`));
  if (file === undefined) throw new Error(`no archive of ${name}`);
  return join(folder, file);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hobnob foreign '));
  project = join(folder, 'project');
  await mkdir(project);
  for (const name of packages) archives.push(await pack(name));
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ name: 'foreign', private: true, type: 'module' }),
  );
  const flags = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'];
  const typesNode = /"@types\/node": (\S+)/.exec(readText('pnpm-workspace.yaml'))?.[1] ?? '20';
  const install = ['install', ...flags, ...archives, `@types/node@${typesNode}`];
  const { stdout, stderr } = await run('npm', install, { cwd: project });
  installOutput = stdout + stderr;
  await writeFile(join(project, 'consumer.ts'), consumer);
  await writeFile(join(project, 'guide.ts'), guideProgram());
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
}, 180_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the packages install without scripts, and nothing native comes with them', async () => {
  expect(installOutput).toMatch(/added \d+ packages/);
  const files = await readdir(join(project, 'node_modules'), { recursive: true });
  expect(files.filter((file) => file.endsWith('.node') || file.endsWith('binding.gyp'))).toEqual([]);
  for (const name of packages) {
    const manifest = await readFile(join(project, 'node_modules', '@hobnob', name, 'package.json'), 'utf8');
    expect(manifest).not.toMatch(/workspace:|catalog:/);
  }
});

test('publint finds nothing to say about any archive', async () => {
  expect(archives).toHaveLength(packages.length);
  for (const archive of archives) {
    const { buffer } = new Uint8Array(await readFile(archive));
    const { messages } = await publint({ pack: { tarball: buffer }, strict: true });
    expect(messages).toEqual([]);
  }
});

test('an archive holds code, types, sources and its page, and no test', async () => {
  for (const name of packages) {
    const files = await readdir(join(project, 'node_modules', '@hobnob', name), { recursive: true });
    expect(files).toEqual(expect.arrayContaining(['dist', 'src', 'README.md', 'LICENSE', 'package.json']));
    expect(files.filter((file) => /\.test\.|tsbuildinfo|\.tgz$/.test(file))).toEqual([]);
  }
});

test('a strict TypeScript project compiles against them, and the compiled program ends by itself', async () => {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const check = await run(process.execPath, [tsc, '-p', project]).catch(
    (error: { stdout?: string }) => error,
  );
  expect(check.stdout).toBe('');
  const program = join(project, 'out', 'consumer.js');
  const { stdout, stderr } = await run(process.execPath, [program], { cwd: project, timeout: 30_000 });
  expect(stdout).toBe('closed\n');
  expect(stderr).toBe('');
}, 120_000);

test('the commands start, and say what they are', async () => {
  for (const command of ['hobnob', 'consul']) {
    const bin = join(project, 'node_modules', '.bin', command);
    const { stdout } = await run(bin, ['version'], { cwd: project });
    expect(stdout).toMatch(/Hobnob v?\d+\.\d+\.\d+/i);
  }
});

/** Fails for seed 8 alone. Its name is hard on shells and on patterns, and is the end of no other name. */
const failingName = "it's cut (in two) [or three] for $HOME";
const scenarioOf = (runner: string, nameOfTest: string) => `
  await simulate(
    { nodes: 5, seeds: [7, 8, 9], replay: { file: import.meta.url, test: ${nameOfTest}, runner: '${runner}' } },
    async (pool) => {
      pool.partition(['m1', 'm2'], ['m3', 'm4'], ['m5']);
      await pool.advance(20_000 + pool.seed);
      if (pool.seed === 8) checkConverged(pool);
    },
  );
`;
const simulations = {
  vitest: {
    start: 'npx vitest run test/pool.test.js',
    source: `
      import { checkConverged, simulate } from '@hobnob/gossip/testing';
      import { describe, test } from 'vitest';
      describe('a pool', () => {
        test(${JSON.stringify(failingName)}, async ({ task }) => {${scenarioOf('vitest', 'task.name')}});
        test(${JSON.stringify(failingName)} + ' and more', () => { throw new Error('another test ran'); });
      });
    `,
  },
  'node:test': {
    start: 'node --test test/pool.test.js',
    source: `
      import test from 'node:test';
      import { checkConverged, simulate } from '@hobnob/gossip/testing';
      test(${JSON.stringify(failingName)}, async (t) => {${scenarioOf('node:test', 't.name')}});
      test(${JSON.stringify(failingName)} + ' and more', () => { throw new Error('another test ran'); });
    `,
  },
};

/** What the shell prints, colours aside, and how it ended. */
async function inShell(command: string): Promise<{ readonly code: number; readonly output: string }> {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', HOBNOB_SEED: '', CI: '' };
  return run('sh', ['-c', command], { cwd: project, env, timeout: 60_000 }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error: { readonly code: number; readonly stdout: string; readonly stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );
}

/** Why, what happened last, the seed, the time and the options: all of a failure that a replay must repeat. */
function failureIn(output: string): { readonly lines: readonly string[]; readonly command: string } {
  const lines = output.split('\n').map((line) => line.trim());
  const from = lines.findIndex((line) => line.includes('not converged at'));
  const to = lines.findIndex((line, i) => i > from && line.startsWith('replay:'));
  if (from < 0 || to < 0) throw new Error(`no simulation failed in:\n${output}`);
  return { lines: lines.slice(from, to + 1), command: lines[to]?.replace(/^replay: +/, '') ?? '' };
}

test.each(Object.entries(simulations))(
  'the command that a failed simulation prints under %s shows the same failure, and runs nothing else',
  async (_runner, { start, source }) => {
    const modules = join(project, 'node_modules');
    await rm(join(modules, 'vitest'), { force: true });
    await symlink(join(root, 'node_modules', 'vitest'), join(modules, 'vitest'));
    await rm(join(modules, '.bin', 'vitest'), { force: true });
    await symlink(join(modules, 'vitest', 'vitest.mjs'), join(modules, '.bin', 'vitest'));
    await mkdir(join(project, 'test'), { recursive: true });
    await writeFile(join(project, 'test', 'pool.test.js'), source);

    const first = await inShell(start);
    expect(first.output).toContain('another test ran');
    const failure = failureIn(first.output);
    expect(failure.lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^seed: +8$/),
        expect.stringMatching(/^time: +\d+(\.\d+)? ms$/),
        expect.stringMatching(/ms {2}\* partition m1, m2 \| m3, m4 \| m5 begins$/),
      ]),
    );

    const again = await inShell(failure.command);
    expect(again.code).toBe(1);
    expect(failureIn(again.output)).toEqual(failure);
    expect(again.output).not.toContain('another test ran');
  },
);
