import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cleanPath,
  decodedPath,
  encodedPath,
  isDecodableQuery,
  isPrintablePath,
  splitTarget,
} from './go-paths.ts';

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

// What real Consul 1.8.7 wrote into Location.
test.each([
  ["/a!/*'()", '/a%21/%2A%27%28%29'],
  ['/é/ x', '/%C3%A9/%20x'],
  ['/a?b/#c', '/a%3Fb/%23c'],
  ['/b;=/,:@&+$~', '/b;=/,:@&+$~'],
])('the path %s is written as %s', (path, encoded) => {
  expect(encodedPath(path)).toBe(encoded);
  expect(decodedPath(encoded)).toBe(path);
});

test('a path that cannot be decoded has no decoded form', () => {
  expect(decodedPath('/a%zz')).toBeUndefined();
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
  expect(isPrintablePath(decodedPath(path) ?? '')).toBe(isPrintable);
});

test.each([
  ['', true],
  ['?a=%20&b=+', true],
  ['?a=%', false],
  ['?a=%zz', false],
  ['?%ff=1', true],
])('the query %j can be decoded: %s', (query, isDecodable) => {
  expect(isDecodableQuery(query)).toBe(isDecodable);
});
