import { expect, test } from 'vitest';
import { prunedNamesMax } from '../limits.ts';
import { PrunedNames } from './pruned-names.ts';

const pruned = { statusTime: 5, incarnation: 1, prunedAtMs: 1000 };

test('a pruned name is remembered until it is taken', () => {
  const names = new PrunedNames();
  names.add('a', pruned);
  expect(names.get('a')).toEqual(pruned);
  expect(names.take('a')).toEqual(pruned);
  expect(names.take('a')).toBeUndefined();
});

test('a pruned name expires after its time', () => {
  const names = new PrunedNames();
  names.add('a', pruned);
  names.expire(1000);
  expect(names.size).toBe(1);
  names.expire(1001);
  expect(names.size).toBe(0);
});

test('when full, the name pruned longest ago is dropped', () => {
  const names = new PrunedNames();
  for (let i = 0; i < prunedNamesMax; i += 1) names.add(`n${i}`, pruned);
  names.add('n0', pruned);
  names.add('one-more', pruned);
  expect(names.size).toBe(prunedNamesMax);
  expect(names.get('n0')).toEqual(pruned);
  expect(names.get('n1')).toBeUndefined();
});
