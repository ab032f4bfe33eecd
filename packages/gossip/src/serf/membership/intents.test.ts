import { expect, test } from 'vitest';
import { recentIntentsMax } from '../limits.ts';
import { RecentIntents } from './intents.ts';

test('only an intent later than the stored one of its name is new', () => {
  const intents = new RecentIntents();
  expect(intents.store('a', { kind: 'join', lamportTime: 5, isImplied: false, seenAtMs: 0 })).toBe(true);
  expect(intents.store('a', { kind: 'leave', lamportTime: 5, isImplied: false, seenAtMs: 1 })).toBe(false);
  expect(intents.store('a', { kind: 'leave', lamportTime: 4, isImplied: false, seenAtMs: 1 })).toBe(false);
  expect(intents.get('a')?.kind).toBe('join');
  expect(intents.store('a', { kind: 'leave', lamportTime: 6, isImplied: false, seenAtMs: 1 })).toBe(true);
  expect(intents.get('a')).toEqual({ kind: 'leave', lamportTime: 6, isImplied: false, seenAtMs: 1 });
});

test('an intent expires after its time', () => {
  const intents = new RecentIntents();
  intents.store('a', { kind: 'join', lamportTime: 5, isImplied: false, seenAtMs: 1000 });
  intents.expire(1000);
  expect(intents.size).toBe(1);
  intents.expire(1001);
  expect(intents.size).toBe(0);
});

test('when full, a new name is refused, and known names still get newer intents', () => {
  const intents = new RecentIntents();
  for (let i = 0; i < recentIntentsMax; i += 1) {
    intents.store(`n${i}`, { kind: 'join', lamportTime: 1, isImplied: false, seenAtMs: 0 });
  }
  expect(intents.store('one-more', { kind: 'join', lamportTime: 1, isImplied: false, seenAtMs: 0 })).toBe(
    false,
  );
  expect(intents.store('n0', { kind: 'leave', lamportTime: 2, isImplied: false, seenAtMs: 0 })).toBe(true);
  expect(intents.size).toBe(recentIntentsMax);
});

test('a leave is new at the time of a join that a push/pull implied, once', () => {
  const intents = new RecentIntents();
  intents.store('a', { kind: 'join', lamportTime: 5, isImplied: true, seenAtMs: 0 });
  const leave = { kind: 'leave', lamportTime: 5, isImplied: false, seenAtMs: 1 } as const;
  expect([intents.store('a', leave), intents.store('a', leave)]).toEqual([true, false]);
  expect(intents.get('a')?.kind).toBe('leave');
});
