import { expect, test } from 'vitest';
import { RecentIntents } from './intents.ts';
import { recentIntentsMax } from './limits.ts';

test('only an intent that is newer than the one kept for its name is news', () => {
  const intents = new RecentIntents();
  expect(intents.store('a', { kind: 'join', lamportTime: 5, seenAtMs: 0 })).toBe(true);
  expect(intents.store('a', { kind: 'leave', lamportTime: 5, seenAtMs: 1 })).toBe(false);
  expect(intents.store('a', { kind: 'leave', lamportTime: 4, seenAtMs: 1 })).toBe(false);
  expect(intents.get('a')?.kind).toBe('join');
  expect(intents.store('a', { kind: 'leave', lamportTime: 6, seenAtMs: 1 })).toBe(true);
  expect(intents.get('a')).toEqual({ kind: 'leave', lamportTime: 6, seenAtMs: 1 });
});

test('an intent is kept up to its time and forgotten after it', () => {
  const intents = new RecentIntents();
  intents.store('a', { kind: 'join', lamportTime: 5, seenAtMs: 1000 });
  intents.expire(1000);
  expect(intents.size).toBe(1);
  intents.expire(1001);
  expect(intents.size).toBe(0);
});

test('when full, a new name is refused, and known names still get their news', () => {
  const intents = new RecentIntents();
  for (let i = 0; i < recentIntentsMax; i += 1) {
    intents.store(`n${i}`, { kind: 'join', lamportTime: 1, seenAtMs: 0 });
  }
  expect(intents.store('one-more', { kind: 'join', lamportTime: 1, seenAtMs: 0 })).toBe(false);
  expect(intents.store('n0', { kind: 'leave', lamportTime: 2, seenAtMs: 0 })).toBe(true);
  expect(intents.size).toBe(recentIntentsMax);
});
