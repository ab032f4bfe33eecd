import { expect, test } from 'vitest';
import { newMap } from './json-value.ts';

test('a map inherits no key', () => {
  const map = newMap<number>();
  expect(map['constructor']).toBeUndefined();
  const hostile = '__proto__';
  map[hostile] = 1;
  expect(Object.entries(map)).toEqual([[hostile, 1]]);
  expect(newMap()[hostile]).toBeUndefined();
});
