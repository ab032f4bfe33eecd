import { expect, test } from 'vitest';
import { fullSyncDelayMs } from './sync-times.ts';

test.each([
  ['interval', 1, 0, 60_000],
  ['interval', 128, 0.5, 90_000],
  ['interval', 129, 0.5, 120_000],
  ['interval', 256, 0.5, 120_000],
  ['interval', 257, 0.5, 150_000],
  ['retry', 3, 0, 15_000],
  ['retry', 512, 1, 60_000],
  ['server-up', 3, 0, 0],
  ['server-up', 3, 0.5, 1_500],
] as const)('%s in a pool of %i with %d is %i ms away', (reason, members, random, expected) => {
  expect(fullSyncDelayMs(reason, members, random)).toBe(expected);
});
