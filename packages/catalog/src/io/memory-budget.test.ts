import { expect, test } from 'vitest';
import { MemoryBudget } from './memory-budget.ts';

test('readers share what is free, and give it back when they end', () => {
  let free = 1000;
  const budget = new MemoryBudget(() => free);
  const [first, second] = [budget.claim(), budget.claim()];
  first.take(700);
  expect(() => second.take(51)).toThrow(expect.objectContaining({ code: 'CATALOG_SNAPSHOT' }));
  second.take(50);
  free = 950;
  first.end();
  first.end();
  second.take(700);
  expect(() => second.take(13)).toThrow('NODE_OPTIONS=--max-old-space-size');
  second.end();
});

test('what is free is looked at when nobody reads: a state that is being read is not free any more', () => {
  let free = 1000;
  const budget = new MemoryBudget(() => free);
  const first = budget.claim();
  free = 0;
  const second = budget.claim();
  second.take(700);
  second.end();
  first.end();
  expect(() => budget.claim().take(1)).toThrow('the 0 MB that are free');
});

test('what one has read is not given to those who read on: it may be the state', () => {
  let free = 1000;
  const budget = new MemoryBudget(() => free);
  const [first, second] = [budget.claim(), budget.claim()];
  second.take(100);
  first.take(600);
  free = 300;
  first.end();
  second.take(225);
  expect(() => second.take(1)).toThrow('free for it');
});
