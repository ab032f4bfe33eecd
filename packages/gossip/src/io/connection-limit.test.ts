import { expect, test } from 'vitest';
import { ConnectionLimit } from './connection-limit.ts';

test('one host gets half of the places, rounded up, and others get the rest', () => {
  const limit = new ConnectionLimit(5);
  const taken = ['a', 'a', 'a', 'a', 'b', 'b', 'b'].map((host) => limit.tryAcquire(host));
  expect(taken).toEqual([true, true, true, false, true, true, false]);
  expect(limit.count).toBe(5);
});

test('a place given back can be taken again', () => {
  const limit = new ConnectionLimit(2);
  limit.tryAcquire('a');
  expect(limit.tryAcquire('a')).toBe(false);
  limit.release('a');
  expect(limit.tryAcquire('a')).toBe(true);
  expect(limit.count).toBe(1);
});

test('a limit of one lets one in', () => {
  const limit = new ConnectionLimit(1);
  expect(limit.tryAcquire('a')).toBe(true);
  expect(limit.tryAcquire('b')).toBe(false);
});

test('giving back a place that is not held is a bug', () => {
  expect(() => new ConnectionLimit(2).release('a')).toThrow('does not hold');
});
