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

test('what falls due during a pause runs late and in order at its end', () => {
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

test('a wake cancelled while it is held does not run', () => {
  const { base, clock, log, ask } = pausable();
  const cancel = ask('cancelled', 10);
  clock.pause();
  base.advance(20);
  cancel();
  clock.resume();
  expect(log).toEqual([]);
});

test('a wake may pause the clock again: the rest stays held', () => {
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

test('a stopped clock stays silent for ever', () => {
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
