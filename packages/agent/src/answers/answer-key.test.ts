import { everything } from '@hobnob/catalog';
import { expect, test } from 'vitest';
import { keyOf, targetWithoutWait } from './answer-key.ts';

test.each([
  ['/v1/health/service/web', '/v1/health/service/web'],
  ['/v1/health/service/web?index=7&wait=10s', '/v1/health/service/web'],
  ['/v1/health/service/web?passing&index=7&tag=a', '/v1/health/service/web?passing&tag=a'],
  ['/v1/health/service/web?indexed=1&waits=2', '/v1/health/service/web?indexed=1&waits=2'],
])('%s is asked at once as %s', (target, expected) => {
  expect(targetWithoutWait(target)).toBe(expected);
});

test('a name that is written with percent signs shares no key with a read that does not wait', () => {
  const target = '/v1/catalog/nodes?%69ndex=7';
  expect(targetWithoutWait(target)).not.toBe(target);
  expect(targetWithoutWait('/v1/catalog/nodes?index=7&%69ndex=8')).toMatch(/^waits /);
});

test('callers who may see different things have different keys', () => {
  const target = '/v1/catalog/nodes';
  expect(keyOf(target, everything)).toBe(target);
  expect(keyOf(target, { key: 'a' })).not.toBe(keyOf(target, { key: 'b' }));
});
