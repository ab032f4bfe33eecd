import { expect, test } from 'vitest';
import { originForm } from './origin-form.ts';

test.each([
  ['/v1/catalog/nodes?x=http://a/b', '/v1/catalog/nodes?x=http://a/b'],
  ['http://consul.example/v1/catalog/nodes?x', '/v1/catalog/nodes?x'],
  ['HTTP://[::1]:8500/v1/status/leader', '/v1/status/leader'],
  ['http://consul.example', '/'],
  ['http://consul.example?x', '/?x'],
  ['/v1/catalog/service/a#b?tag=#c', '/v1/catalog/service/a%23b?tag=%23c'],
  ['*', '*'],
  ['//v1/status/leader', '//v1/status/leader'],
])('the target %s is served as %s', (target, expected) => {
  expect(originForm(target)).toBe(expected);
});
