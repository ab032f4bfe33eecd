import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanPath, splitTarget } from './go-paths.ts';

test.each([
  ['/', '/'],
  ['//', '/'],
  ['/a//b', '/a/b'],
  ['/a/./b/', '/a/b/'],
  ['/a/../b', '/b'],
  ['/../a', '/a'],
  ['/a/b/', '/a/b/'],
  ['/a...b', '/a...b'],
])('%s is served as %s', (path, cleaned) => {
  expect(cleanPath(path)).toBe(cleaned);
});

test('a clean path stays as it is, so that no redirect leads to another', () => {
  const paths = fc.array(fc.constantFrom('a', '.', '..', '', '...')).map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(paths, (path) => {
      expect(cleanPath(cleanPath(path))).toBe(cleanPath(path));
    }),
  );
});

test('the query keeps its question mark', () => {
  expect(splitTarget('/a?b?c')).toEqual({ path: '/a', query: '?b?c' });
  expect(splitTarget('/a')).toEqual({ path: '/a', query: '' });
});
