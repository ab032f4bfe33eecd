import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesUnder, readText, root } from './source-files.ts';

/** Paths of the repository in code spans of the pages exist. A section headed "Planned" names paths of the future. */

const pages = filesUnder().filter(
  (path) =>
    /^(README|ARCHITECTURE|CONTRIBUTING)\.md$/.test(path) ||
    (path.endsWith('.md') && path.startsWith('docs/')) ||
    /^packages\/\w+\/README\.md$/.test(path),
);
const folders = ['packages', 'docs', 'test', '.ci', 'scripts', 'examples'];

/** The page without its fenced blocks and without its sections headed "Planned". */
function present(page: string): string {
  const [first = '', ...sections] = readText(page)
    .replace(/^```[\s\S]*?^```/gm, '')
    .split(/^(?=#{1,6} )/m);
  return [first, ...sections.filter((section) => !/^#{1,6} Planned\b/.test(section))].join('');
}

/** Every word of a code span that could be a path; patterns, placeholders and options are none. */
function wordsIn(page: string): readonly string[] {
  return [...present(page).matchAll(/`([^`\n]+)`/g)]
    .flatMap(([, span = '']) => span.split(/[\s:,;'"]+/))
    .filter((word) => word.includes('/') && !/[*{}<>()…$@|?=]|^-|NAME|\.\.\./.test(word));
}

const words = pages.flatMap((page) => wordsIn(page).map((word) => ({ page, word })));

test('every path of the repository that a page names exists', () => {
  const named = words.filter(({ word }) => folders.some((folder) => word.startsWith(`${folder}/`)));
  expect(named.length).toBeGreaterThan(30);
  const missing = named.filter(({ word }) => !existsSync(join(root, word)));
  expect(missing.map(({ page, word }) => `${page} names ${word}`)).toEqual([]);
});

test('every module that ARCHITECTURE.md names by its folder exists', () => {
  const sources = filesUnder('packages').flatMap(
    (path) => /^packages\/\w+\/src\/(.+)$/.exec(path)?.[1] ?? [],
  );
  const modules = new Set(sources.flatMap((path) => [path, path.replace(/\.ts$/, ''), ...foldersOf(path)]));
  const roots = new Set(sources.filter((path) => path.includes('/')).map((path) => path.split('/')[0]));
  const named = words.filter(({ page, word }) => page === 'ARCHITECTURE.md' && roots.has(word.split('/')[0]));
  expect(named.length).toBeGreaterThan(20);
  // `wire/packet.openPacket` is a function of a module.
  const missing = named.filter(({ word }) => !modules.has(word) && !modules.has(word.replace(/\.\w+$/, '')));
  expect(missing.map(({ word }) => word)).toEqual([]);
});

/** `io/a/b.ts` lies in `io`, `io/`, `io/a` and `io/a/`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.flatMap((_, i) => {
    const folder = parts.slice(0, i + 1).join('/');
    return [folder, `${folder}/`];
  });
}
