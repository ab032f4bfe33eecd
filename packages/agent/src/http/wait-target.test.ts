import { expect, test } from 'vitest';
import { waitTargetOf } from './wait-target.ts';

test.each([
  ['/v1/catalog/nodes?index=7', { target: '/v1/catalog/nodes', index: 7, waitMs: 0 }],
  ['/v1/catalog/nodes?wait=10s&index=7', { target: '/v1/catalog/nodes', index: 7, waitMs: 10_000 }],
  [
    '/v1/health/service/a%2Fb?passing&index=12&wait=1m30s&tag=x%20y',
    { target: '/v1/health/service/a%2Fb?passing&tag=x%20y', index: 12, waitMs: 90_000 },
  ],
])('%s waits', (url, expected) => {
  expect(waitTargetOf(url)).toEqual(expected);
});

test.each([
  ['/v1/catalog/nodes', 'no query'],
  ['/v1/catalog/nodes?wait=10s', 'no index'],
  ['/v1/catalog/nodes?index=0', 'index 0'],
  ['/v1/catalog/nodes?index=x', 'no number'],
  ['/v1/catalog/nodes?index=07', 'another form of a number'],
  ['/v1/catalog/nodes?index=18446744073709551615', 'more than is exact'],
  ['/v1/catalog/nodes?index=7&index=8', 'two of one name'],
  ['/v1/catalog/nodes?index=7&wait=x', 'no duration'],
  ['/v1/catalog/nodes?index=7&%77ait=1s', 'a name in percent signs'],
  ['/v1/catalog/nodes?index=7&consistent', 'consistency to be checked'],
  ['/v1/catalog/nodes?index=7&cached', 'headers of its own'],
])('%s is left to the route: %s', (url) => {
  expect(waitTargetOf(url)).toBeUndefined();
});
