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

/** Circles that are older than this rule. Members of a folder's circle are not listed one by one. */
const known: readonly RegExp[] = [
  /^packages\/agent\/src\/client\/(client|pool-calls)\.ts$/,
];

/** Every file that can be reached from this one. */
function reachedFrom(start: string): ReadonlySet<string> {
  const reached = new Set(importsOf.get(start));
  for (const path of reached) for (const next of importsOf.get(path) ?? []) reached.add(next);
  return reached;
}

test('no import circle is new', () => {
  const reachable = new Map([...importsOf.keys()].map((path) => [path, reachedFrom(path)]));
  const inCircles = [...reachable].filter(([path, reached]) => reached.has(path)).map(([path]) => path);
  expect(importsOf.size).toBeGreaterThan(200);
  expect(inCircles.filter((path) => !known.some((circle) => circle.test(path)))).toEqual([]);
  // A rule that has become needless goes.
  expect(known.filter((circle) => !inCircles.some((path) => circle.test(path)))).toEqual([]);
});
