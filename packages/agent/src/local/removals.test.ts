import { expect, test } from 'vitest';
import { Removals } from './removals.ts';

const of = (serviceId: string) => ({ token: '', serviceId });

test('removals are found by id, and go with their service', () => {
  const removals = new Removals();
  removals.set('a', of('w'));
  removals.set('b', of('w'));
  removals.set('c', of('v'));
  removals.set('a', of('v'));
  expect([...removals].map(([id]) => id)).toEqual(['b', 'c', 'a']);
  removals.deleteOf('v');
  expect([...removals]).toEqual([['b', of('w')]]);
  removals.delete('b');
  removals.delete('unknown');
  removals.deleteOf('w');
  expect([removals.size, removals.has('b'), removals.get('b')]).toEqual([0, false, undefined]);
});

test('only the last 100,000 are kept', () => {
  const removals = new Removals();
  for (let n = 0; n < 100_002; n += 1) removals.set(`s${n}`, of(`s${n}`));
  expect([removals.size, removals.has('s1'), removals.has('s2')]).toEqual([100_000, false, true]);
});
