import { expect, test } from 'vitest';
import { alive, effectsOf, SwimFixture } from '../../test/support/swim-fixture.ts';
import type { SwimEffect } from './types.ts';

/** A pool whose regular exchanges are far away. */
const quietPool = () => new SwimFixture({ timing: { pushPullIntervalMs: 3_600_000 }, random: [0.5] });
const names = (count: number) => Array.from({ length: count }, (_, i) => String.fromCharCode(97 + i));
const pushPullsIn = (effects: readonly SwimEffect[]) => effectsOf(effects, 'push-pull').length;

test('when many members turn up at once, one exchange more follows within twelve seconds', () => {
  const pool = quietPool();
  pool.know(...names(20));
  expect(pushPullsIn(pool.runToAnswered(2_900))).toBe(0);
  expect(pushPullsIn(pool.runToAnswered(12_100))).toBe(1);
  expect(pushPullsIn(pool.runToAnswered(60_000))).toBe(0);
});

test('a few are left to gossip, however often they come', () => {
  const pool = quietPool();
  for (const [i, name] of names(20).entries()) {
    pool.runToAnswered(i * 1_000);
    pool.know(name);
  }
  expect(pushPullsIn(pool.runToAnswered(60_000))).toBe(0);
});

test('what a member says anew of itself is no burst', () => {
  const pool = quietPool();
  pool.know('a');
  const again = Array.from({ length: 20 }, (_, i) => alive('a', { incarnation: i + 2 }));
  pool.receive(...again);
  expect(pushPullsIn(pool.runToAnswered(60_000))).toBe(0);
});

test('a pool without periodic exchanges has no extra ones', () => {
  const pool = new SwimFixture({ timing: { pushPullIntervalMs: 0 }, random: [0.5] });
  pool.know(...names(20));
  expect(pushPullsIn(pool.runToAnswered(60_000))).toBe(0);
});
