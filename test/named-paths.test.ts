import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { filesUnder, readText, root } from './source-files.ts';

/** A path in backticks on one of these pages names a file or folder: from the root, its page, or a package's source. */

const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/testing.md',
  ...filesUnder('packages').filter((path) => /^packages\/\w+\/(README\.md|docs\/)/.test(path)),
];
const sourceFolders = ['gossip', 'catalog', 'agent', 'cli'].map((name) => `packages/${name}/src`);

/** The text before the plan, without listings and targets of links. */
function proseOf(page: string): string {
  const [present = ''] = readText(page).split(/^## Planned$/m);
  return present.replace(/^```[\s\S]*?^```/gm, '').replace(/\]\([^)]*\)/g, ']');
}

/** `folder/`, `folder/file`, `folder/file.ts`: no package, URL, placeholder, pattern, command or absolute path. */
function pathsOf(page: string): readonly string[] {
  const quoted = [...proseOf(page).matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);
  return quoted.filter(
    (text) => /^[a-z.][\w.-]*\/[\w./-]*$/.test(text) && !/^node_modules\/|\bNAME\b/.test(text),
  );
}

function names(page: string, path: string): boolean {
  const bases = ['', dirname(page), ...sourceFolders];
  return bases.some((base) => ['', '.ts'].some((end) => existsSync(join(root, base, path + end))));
}

test('every path that a page names exists', () => {
  const named = pages.flatMap((page) => pathsOf(page).map((path) => ({ page, path })));
  expect(named.length).toBeGreaterThan(40);
  const missing = named.filter(({ page, path }) => !names(page, path));
  expect(missing.map(({ page, path }) => `${page} names ${path}`)).toEqual([]);
});
