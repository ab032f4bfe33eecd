import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LamportClock, lamportJumpMax } from './lamport-clock.ts';

test('a clock starts at one, so that the first message of a pool carries one', () => {
  expect(new LamportClock().time).toBe(1);
});

test('witnessing a time that is not in the past moves the clock just beyond it', () => {
  const clock = new LamportClock();
  expect(clock.witness(1)).toBe(true);
  expect(clock.time).toBe(2);
  clock.witness(41);
  expect(clock.time).toBe(42);
  clock.witness(7);
  expect(clock.time).toBe(42);
});

test('a time more than 2^32 ahead is refused and changes nothing', () => {
  const clock = new LamportClock();
  expect(clock.witness(1 + lamportJumpMax + 1)).toBe(false);
  expect(clock.time).toBe(1);
  expect(clock.witness(1 + lamportJumpMax)).toBe(true);
  expect(clock.time).toBe(lamportJumpMax + 2);
});

test('even after a million largest jumps the clock is a safe integer', () => {
  const clock = new LamportClock();
  for (let jumps = 0; jumps < 3_000_000 && clock.witness(clock.time + lamportJumpMax); jumps += 1);
  const before = clock.time;
  expect(clock.witness(before + lamportJumpMax)).toBe(false);
  expect(clock.increment()).toBe(before + 1);
  expect(Number.isSafeInteger(clock.time + 1)).toBe(true);
});

test('no sequence of witnessed times moves the clock back or to a witnessed time', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat()), (times) => {
      const clock = new LamportClock();
      for (const time of times) {
        const before = clock.time;
        const isWitnessed = clock.witness(time);
        expect(clock.time).toBeGreaterThanOrEqual(before);
        if (isWitnessed) expect(clock.time).toBeGreaterThan(time);
        else expect(clock.time).toBe(before);
      }
    }),
  );
});
