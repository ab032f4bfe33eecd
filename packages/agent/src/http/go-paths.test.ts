import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanPath, isDecodableQuery, isPrintablePath, splitTarget } from './go-paths.ts';

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

test.each([
  ['/v1/event/fire/a%20b', true],
  ['/%E2%9C%93%F0%9F%98%80%CC%81', true],
  ['/%EF%BF%BD', true],
  ['/%0a', false],
  ['/%00', false],
  ['/%1b[31m', false],
  ['/%7f', false],
  ['/%C2%A0', false],
  ['/%E2%80%8B', false],
  ['/%E2%80%A8', false],
  ['/%EE%80%80', false],
])('%s is printable: %s', (path, isPrintable) => {
  expect(isPrintablePath(path)).toBe(isPrintable);
});

test.each([
  ['', true],
  ['?a=%20&b=+', true],
  ['?a=%', false],
  ['?a=%zz', false],
  ['?%ff=1', false],
])('the query %j can be decoded: %s', (query, isDecodable) => {
  expect(isDecodableQuery(query)).toBe(isDecodable);
});
