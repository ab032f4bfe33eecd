import { expect, test } from 'vitest';
import { filesUnder, readSource, resolveImport } from './source-files.ts';

/** No file imports itself by way of others, types included: one that does cannot be read or moved alone. */

const sources = filesUnder('packages')
  .filter((path) => /^packages\/\w+\/src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'))
  .map(readSource);
const importsOf = new Map(
  sources.map(({ path, imports }) => [
    path,
    imports.flatMap((specifier) => resolveImport(path, specifier) ?? []),
  ]),
);

/** Every file that can be reached from this one. */
function reachedFrom(start: string): ReadonlySet<string> {
  const reached = new Set(importsOf.get(start));
  for (const path of reached) for (const next of importsOf.get(path) ?? []) reached.add(next);
  return reached;
}

test('no file imports itself by way of others', () => {
  const reachable = new Map([...importsOf.keys()].map((path) => [path, reachedFrom(path)]));
  const inCircles = [...reachable].filter(([path, reached]) => reached.has(path)).map(([path]) => path);
  expect(importsOf.size).toBeGreaterThan(200);
  expect(inCircles).toEqual([]);
});
