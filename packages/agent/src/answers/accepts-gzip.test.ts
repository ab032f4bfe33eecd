import { expect, test } from 'vitest';
import { acceptsGzip } from './accepts-gzip.ts';

// What real Consul 1.8.7 encoded when it was asked with these.
test.each([
  ['gzip', true],
  ['GZIP', true],
  ['deflate, gzip', true],
  ['br,gzip', true],
  [',gzip', true],
  ['gzip;q=0.5, identity;q=1', true],
  ['gzip;q=0.001', true],
  ['gzip ; q=1', true],
  ['gzip;q=2', true],
  ['gzip;x=1', true],
  ['gzip;q =1', true],
  ['gzip;q=1;foo', true],
  ['gzip;q=0, gzip', true],
  ['gzip, gzip;q=0', false],
  ['deflate;q=1,gzip;q=0.0', false],
  ['gzip;q=0', false],
  ['gzip;q=-1', false],
  ['gzip;q=', false],
  ['gzip;q=abc', false],
  ['x-gzip', false],
  ['*', false],
  ['*;q=0', false],
  ['identity', false],
  ['identity;q=0', false],
  ['', false],
])('Accept-Encoding: %j asks for gzip: %j', (header, expected) => {
  expect(acceptsGzip(header)).toBe(expected);
});
