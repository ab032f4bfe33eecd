import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { filesUnder, readText, root } from './source-files.ts';

/** A page links to files of the repository by relative paths, and to headings by GitHub's names of them. */

const pages = filesUnder().filter((path) => path.endsWith('.md'));

interface Link {
  readonly page: string;
  readonly path: string;
  readonly heading: string | undefined;
}

/** The text without what is shown as code, where brackets mean something else. */
function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, 'code');
}

function linksOf(page: string): readonly Link[] {
  const links = [...withoutCode(readText(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(
    ([, target = '']) => target,
  );
  return links
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', heading] = target.split('#');
      return { page, path: path === '' ? page : join(dirname(page), path), heading };
    });
}

/** The names that GitHub gives to the headings of a page. */
function headingsOf(page: string): ReadonlySet<string> {
  const headings = [...readText(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
  return new Set(headings);
}

const links = pages.flatMap(linksOf);

test('every link of a page leads to a file or folder that exists', () => {
  expect(links.length).toBeGreaterThan(100);
  const dead = links.filter(({ path }) => !existsSync(join(root, path)));
  expect(dead.map(({ page, path }) => `${page} links to ${path}`)).toEqual([]);
});

test('every link to a heading leads to one that exists', () => {
  const dead = links.filter(
    ({ path, heading }) => heading !== undefined && path.endsWith('.md') && !headingsOf(path).has(heading),
  );
  expect(dead.map(({ page, path, heading }) => `${page} links to ${path}#${heading}`)).toEqual([]);
});
