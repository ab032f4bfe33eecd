import { expect, test } from 'vitest';
import { filesUnder, readText } from './source-files.ts';

/** Operators search their logs for the lines that docs/operations.md quotes: each has to stand in the code like that. */

const page = readText('docs/operations.md');

/** All code, with strings that are split over lines joined again. */
const code = filesUnder('packages')
  .filter((path) => /\/src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'))
  .map((path) =>
    readText(path)
      .replace(/['`]\s*\+\s*['`]/g, '')
      .replace(/\\'/g, "'"),
  )
  .join('\n');

/** Lines of a log in a listing: the text between the component and the fields. */
const listed = [...page.matchAll(/\[[A-Z]+\] {1,2}[\w.]+: (.+?)(?:: \w+=.*)?$/gm)].map(
  ([, text = '']) => text,
);
/** Quoted in a sentence about a log or a warning of ours, in four words and more. */
const quoted = [...page.replace(/^```[\s\S]*?^```|^\|.*$/gm, '').matchAll(/`([^`]+)`/g)]
  .filter(({ index, input }) => {
    const sentence =
      input
        .slice(0, index)
        .split(/\n\n|\n- |\. /)
        .at(-1) ?? '';
    return /\b(logs?|warns?)\b/.test(sentence) && !/\bIts log\b/.test(sentence);
  })
  .map(([, text = '']) => text.replace(/\s+/g, ' '))
  .filter((text) => text.split(' ').length >= 4);

test('every log line that docs/operations.md quotes stands in the code', () => {
  expect(listed.length).toBeGreaterThan(1);
  expect(quoted.length).toBeGreaterThan(4);
  expect([...listed, ...quoted].filter((line) => !code.includes(line))).toEqual([]);
});
