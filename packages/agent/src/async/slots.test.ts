import { expect, test } from 'vitest';
import { Slots } from './slots.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('only so many go on at once, the others in order, and a failure frees its place', async () => {
  const slots = new Slots(2);
  const begun: number[] = [];
  const ends: ((fault?: Error) => void)[] = [];
  const work = (n: number) => () =>
    new Promise<void>((resolve, reject) => {
      begun.push(n);
      ends[n] = (fault) => (fault === undefined ? resolve() : reject(fault));
    });
  const done = [0, 1, 2, 3].map((n) => slots.do(work(n)));
  expect(begun).toEqual([0, 1]);
  ends[1]?.(new Error('disk full'));
  await expect(done[1]).rejects.toThrow('disk full');
  await settle();
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.();
  await settle();
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[2]?.();
  ends[3]?.();
  await Promise.all([done[0], done[2], done[3]]);
  const last = slots.do(work(4));
  expect(begun.at(-1)).toBe(4);
  ends[4]?.();
  await last;
});
