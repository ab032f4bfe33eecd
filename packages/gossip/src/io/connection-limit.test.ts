import { expect, test } from 'vitest';
import { ConnectionLimit } from './connection-limit.ts';

test('one host gets half of the streams, rounded up, and others get the rest', () => {
  const limit = new ConnectionLimit(5);
  const taken = ['a', 'a', 'a', 'a', 'b', 'b', 'b'].map((host) => limit.tryAcquire(host));
  expect(taken).toEqual([true, true, true, false, true, true, false]);
  expect(limit.count).toBe(5);
});

test('a released stream makes room for another', () => {
  const limit = new ConnectionLimit(2);
  limit.tryAcquire('a');
  expect(limit.tryAcquire('a')).toBe(false);
  limit.release('a');
  expect(limit.tryAcquire('a')).toBe(true);
  expect(limit.count).toBe(1);
});

test('a limit of one accepts one stream', () => {
  const limit = new ConnectionLimit(1);
  expect(limit.tryAcquire('a')).toBe(true);
  expect(limit.tryAcquire('b')).toBe(false);
});

test('releasing a stream that was not counted throws', () => {
  expect(() => new ConnectionLimit(2).release('a')).toThrow('has no stream');
});
