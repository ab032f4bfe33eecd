import { expect, test } from 'vitest';
import { PausableClock } from './pausable-clock.ts';
import { VirtualClock } from './virtual-clock.ts';

function pausable() {
  const base = new VirtualClock();
  const clock = new PausableClock(base);
  const log: string[] = [];
  const ask = (name: string, atMs: number): (() => void) =>
    clock.wakeAt(atMs, () => log.push(`${name} at ${clock.nowMs()}`));
  return { base, clock, log, ask };
}

test('wakes that fall due during a pause run in order when it ends', () => {
  const { base, clock, log, ask } = pausable();
  ask('second', 20);
  ask('first', 10);
  ask('after', 40);
  clock.pause();
  base.advance(30);
  expect(log).toEqual([]);
  clock.resume();
  expect(log).toEqual(['first at 30', 'second at 30']);
  base.advance(10);
  expect(log).toEqual(['first at 30', 'second at 30', 'after at 40']);
});

test('a wake that is cancelled during the pause does not run', () => {
  const { base, clock, log, ask } = pausable();
  const cancel = ask('cancelled', 10);
  clock.pause();
  base.advance(20);
  cancel();
  clock.resume();
  expect(log).toEqual([]);
});

test('a wake may pause the clock again, and the others wait', () => {
  const { base, clock, log, ask } = pausable();
  clock.wakeAt(10, () => clock.pause());
  ask('held', 11);
  clock.pause();
  base.advance(20);
  clock.resume();
  expect(log).toEqual([]);
  clock.resume();
  expect(log).toEqual(['held at 20']);
});

test('a stopped clock runs no wake', () => {
  const { base, clock, log, ask } = pausable();
  ask('held', 10);
  ask('later', 30);
  clock.pause();
  base.advance(20);
  clock.stop();
  clock.resume();
  base.advance(100);
  expect(log).toEqual([]);
});
