import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.ts';

const known = [
  'members',
  'member-join',
  'member-failed',
  'keys',
  'timeoutMs',
  'probeIntervalMs',
  'label',
  'tags',
];

test.each([
  ['member-joined', 'member-join'],
  ['memberJoin', 'member-join'],
  ['MEMBER_FAILED', 'member-failed'],
  ['mebmers', 'members'],
  ['key', 'keys'],
  ['timeout', 'timeoutMs'],
  ['probe_interval', 'probeIntervalMs'],
  ['lable', 'label'],
  ['tag', 'tags'],
  ['timeoutMsOfAll', 'timeoutMs'],
])('%j is taken for %j', (written, meant) => {
  expect(nearestName(written, known)).toBe(meant);
});

test.each(['', '-', 'x', 'nope', 'colour', '__proto__', 'x'.repeat(1_000_000)])(
  'what is like no name has no nearest one (%#)',
  (written) => {
    expect(nearestName(written, known)).toBeUndefined();
  },
);

test('a single letter is not near every other letter', () => {
  expect(nearestName('a', ['b', 'c'])).toBeUndefined();
});

test('the nearest wins, and the first of equally near ones', () => {
  expect(nearestName('join', ['joint', 'join'])).toBe('join');
  expect(nearestName('jon', ['join', 'joan'])).toBe('join');
});
