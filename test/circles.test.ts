import { expect, test } from 'vitest';
import { filesUnder, readSource, resolveImport } from './source-files.ts';

/** No file imports itself through other files, type imports included: such a file cannot be read or moved alone. */

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

/** A shortest circle through a file that is in one: each file imports the next. */
function circleThrough(start: string): string {
  const importers = new Map<string, string>();
  const reached = new Set([start]);
  for (const path of reached) {
    for (const next of importsOf.get(path) ?? []) {
      if (!importers.has(next)) importers.set(next, path);
      reached.add(next);
    }
  }
  const circle = [start];
  for (let path = importers.get(start); path !== undefined && path !== start; path = importers.get(path)) {
    circle.unshift(path);
  }
  return [start, ...circle].join(' -> ');
}

test('no file imports itself through other files', () => {
  const inCircles = [...importsOf.keys()].filter((path) => reachedFrom(path).has(path));
  expect(importsOf.size).toBeGreaterThan(200);
  expect(inCircles.map(circleThrough)).toEqual([]);
});
