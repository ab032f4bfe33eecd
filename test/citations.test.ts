import { describe, expect, test } from 'vitest';
import { filesUnder, readText } from './source-files.ts';

/** Code, tests and docs cite the protocol pages as `gossip.md 8.22`: a page of docs/protocol and the number of a heading. */

const folder = 'docs/protocol/';
const pages = filesUnder('docs/protocol').filter(
  (path) => path.endsWith('.md') && !path.endsWith('README.md'),
);
const headings = new Set(
  pages.flatMap((path) =>
    [...readText(path).matchAll(/^#{2,4} (\d+(?:\.\d+)*)\.? /gm)].map(([, number]) => cited(path, number)),
  ),
);
const sources = filesUnder().filter(
  (path) =>
    /\.(ts|mjs|md)$/.test(path) && path !== 'test/citations.test.ts' && !path.startsWith('.changeset/'),
);

function cited(page: string, number: string | undefined): string {
  return `${page.slice(page.lastIndexOf('/') + 1)} ${number}`;
}

/** `gossip.md 4.7, 8.8 and 8.9` is three citations. */
function citationsIn(text: string): readonly string[] {
  const citation = /\b(gossip|consensus-and-rpc|federation|acl)\.md ((?:\d+(?:\.\d+)*(?:, | and | to )?)+)/g;
  return [...text.matchAll(citation)].flatMap(([, page, numbers = '']) =>
    (numbers.match(/\d+(?:\.\d+)*/g) ?? []).map((number) => cited(`${page}.md`, number)),
  );
}

describe('citations of the protocol pages', () => {
  test('lead to a heading that exists', () => {
    const found = sources.flatMap((path) => citationsIn(readText(path)).map((at) => ({ path, at })));
    expect(found.length).toBeGreaterThan(50);
    expect(found.filter(({ at }) => !headings.has(at)).map(({ path, at }) => `${path} cites ${at}`)).toEqual(
      [],
    );
  });

  test('name their page: "spec 8.22" alone leads nowhere', () => {
    const bare = sources.flatMap((path) =>
      [...readText(path).matchAll(/\bspec (?:item )?\d[\d.]*/g)].map(([text]) => `${path}: ${text}`),
    );
    expect(bare).toEqual([]);
  });

  test('cannot be ambiguous: no page has the same number twice', () => {
    const numbers = pages.flatMap((path) =>
      [...readText(path).matchAll(/^#{2,4} (\d+(?:\.\d+)*)\.? /gm)].map(([, number]) => cited(path, number)),
    );
    expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
    expect(folder).toBe('docs/protocol/');
  });
});
