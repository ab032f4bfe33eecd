import { expect, test } from 'vitest';
import { RecentCommits } from './recent-commits.ts';

test('what no commit has changed is unchanged, and what one has changed is not', () => {
  const recent = new RecentCommits();
  recent.add(new Set(['key:a', 'kvs']), 1);
  recent.add(new Set(['nodes']), 2);
  expect(recent.areUnchanged(['key:b'], 0)).toBe(true);
  expect(recent.areUnchanged(['keys-under:'], 0)).toBe(false);
  expect(recent.areUnchanged(['key:a'], 1)).toBe(true);
  expect(recent.areUnchanged(['nodes'], 1)).toBe(false);
});

test('a state that was replaced changes everything', () => {
  const recent = new RecentCommits();
  recent.add(undefined, 1);
  expect([recent.areUnchanged(['nodes'], 0), recent.areUnchanged(['nodes'], 1)]).toEqual([false, true]);
});

test.each([
  ['many topics', Array.from({ length: 1025 }, (_, at) => `key:${at}`)],
  ['a key with a long name', [`key:${'x'.repeat(32 * 1024)}`]],
])('a commit of %s is not remembered in parts', (_name, changed) => {
  const recent = new RecentCommits();
  recent.add(new Set(changed), 1);
  expect(recent.areUnchanged(['nodes'], 0)).toBe(false);
  expect(recent.areUnchanged(['nodes'], 1)).toBe(true);
});

test('what is too long ago may have changed', () => {
  const recent = new RecentCommits();
  for (let commit = 1; commit <= 1024; commit += 1) recent.add(new Set(['kvs']), commit);
  expect([recent.areUnchanged(['nodes'], 0), recent.areUnchanged(['nodes'], 1)]).toEqual([false, true]);
});
