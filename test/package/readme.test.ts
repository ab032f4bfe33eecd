import { execFile } from 'node:child_process';
import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { readText, root } from '../source-files.ts';

/** What the pages promise, tried in a stranger's project: examples run as they are copied, links lead somewhere. */

const run = promisify(execFile);
const { project } = inject('packed');
const installed = (name: string): string => join(project, 'node_modules', '@hobnob', name);

/** The TypeScript examples of the pages; what the simulator's guide has is tried as tests. */
const examples = [
  'README.md',
  ...['gossip', 'catalog', 'agent'].map((name) => `packages/${name}/README.md`),
].flatMap((page) =>
  Array.from(readText(page).matchAll(/```ts\n([\s\S]+?)```/g), ([, code = ''], i) => ({
    title: `example ${i + 1} of ${page}`,
    page,
    file: `${page.replace(/\W/g, '-')}-${i + 1}`,
    code,
  })),
);
/** What an example has that only TypeScript reads. */
const typeSyntax = /\): \w+|: readonly |\bvalue is\b|\bimport type\b/;

test('every page with code has an example', () => {
  expect(examples.length).toBeGreaterThanOrEqual(6);
  expect(examples.filter(({ code }) => !typeSyntax.test(code)).length).toBeGreaterThanOrEqual(4);
});

test.each(examples)(
  '$title runs as it is copied into a TypeScript project, and ends',
  async ({ file, code }) => {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    await writeFile(join(project, `${file}.ts`), code);
    const options = [
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
      '--outDir',
      'examples',
    ];
    const lib = ['--lib', 'es2023,esnext.disposable', '--skipLibCheck'];
    const compiled = await run(process.execPath, [tsc, '--ignoreConfig', ...options, ...lib, `${file}.ts`], {
      cwd: project,
    }).catch((error: { readonly stdout: string }) => error);
    expect(compiled.stdout).toBe('');
    const { stderr } = await run(process.execPath, [join('examples', `${file}.js`)], {
      cwd: project,
      timeout: 60_000,
    });
    expect(stderr).toBe('');
  },
);

test.each(examples.filter(({ code }) => !typeSyntax.test(code)))(
  '$title runs as it is copied into a plain JavaScript file, and ends',
  async ({ file, code }) => {
    await writeFile(join(project, `${file}.mjs`), code);
    const { stderr } = await run(process.execPath, [`${file}.mjs`], { cwd: project, timeout: 60_000 });
    expect(stderr).toBe('');
  },
);

test('every link of a page in an archive leads to a file in the archive, or is an address', async () => {
  for (const name of ['gossip', 'catalog', 'agent', 'cli']) {
    const files = await readdir(installed(name), { recursive: true });
    for (const page of files.filter((file) => file.endsWith('.md') && !file.includes('node_modules'))) {
      const path = join(installed(name), page);
      const links = Array.from(
        (await readFile(path, 'utf8')).matchAll(/\]\(([^)\s]+)\)/g),
        ([, to = '']) => to,
      );
      for (const link of links.filter((to) => !/^(https:|#)/.test(to))) {
        const target = join(dirname(path), link.replace(/#.*/, ''));
        expect(target, `${name}/${page} links to ${link}`).toContain(installed(name));
        await access(target);
      }
    }
  }
});
