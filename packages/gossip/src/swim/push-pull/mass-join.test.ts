import { expect, test } from 'vitest';
import { alive, effectsOf, SwimFixture } from '../../../test/support/swim-fixture.ts';
import type { SwimEffect } from '../types.ts';

/** A pool whose periodic push/pulls are far away. */
const quietPool = () => new SwimFixture({ timing: { pushPullIntervalMs: 3_600_000 }, random: [0.5] });
const names = (count: number) => Array.from({ length: count }, (_, i) => String.fromCharCode(97 + i));
const pushPullsIn = (effects: readonly SwimEffect[]) => effectsOf(effects, 'push-pull').length;

test('after a mass join one more push/pull follows within twelve seconds', () => {
  const pool = quietPool();
  pool.know(...names(20));
  expect(pushPullsIn(pool.runToAnswered(2_900))).toBe(0);
  expect(pushPullsIn(pool.runToAnswered(12_100))).toBe(1);
  expect(pushPullsIn(pool.runToAnswered(60_000))).toBe(0);
});

test('single joins are left to gossip, however many follow one another', () => {
  const pool = quietPool();
  for (const [i, name] of names(20).entries()) {
    pool.runToAnswered(i * 1_000);
    pool.know(name);
  }
  expect(pushPullsIn(pool.runToAnswered(60_000))).toBe(0);
});

test('new announcements of one member are no mass join', () => {
  const pool = quietPool();
  pool.know('a');
  const again = Array.from({ length: 20 }, (_, i) => alive('a', { incarnation: i + 2 }));
  pool.receive(...again);
  expect(pushPullsIn(pool.runToAnswered(60_000))).toBe(0);
});

test('a pool without periodic push/pulls has no extra one', () => {
  const pool = new SwimFixture({ timing: { pushPullIntervalMs: 0 }, random: [0.5] });
  pool.know(...names(20));
  expect(pushPullsIn(pool.runToAnswered(60_000))).toBe(0);
});
