import { afterEach, describe, expect, test } from 'vitest';
import { watchFailures } from '../../src/testing/index.ts';
import { cutOff, detectionMs, expectNoFalsePositives } from '../support/bad-member.ts';
import { healingPools } from '../support/healing-pools.ts';

/** `long-sim/one-confirmation.sim.ts` has larger pools and every way in which a member may be cut off. */
const pools = healingPools();
afterEach(() => pools.close());

describe('a member that reaches only one other', () => {
  test.each(['neither way', 'no datagrams'] as const)('makes no member of 6 fail: %s', (how) =>
    expectNoFalsePositives(pools, 6, 1, how),
  );

  test('makes healthy members fail when its suspicion alone is enough', async () => {
    const pool = await pools.of(20, 11, {}, { disabledExtensions: new Set(['second-confirmation']) });
    await pool.advance(10_000);
    const bad = cutOff(pool, 1, 'neither way');
    const failures = watchFailures(pool);
    const isWrong = () => failures.seen.some(({ observer, subject }) => observer !== bad && subject !== bad);
    await pool.advanceUntil(isWrong, 300_000);
  }, 60_000);
});

test('a crash is detected as soon as it would be if one suspicion were enough', async () => {
  const seeds = [1, 2, 3, 4];
  const oneIsEnoughMs = await detectionMs(pools, seeds, ['second-confirmation']);
  expect(await detectionMs(pools, seeds, [])).toBeLessThanOrEqual(1.05 * oneIsEnoughMs);
}, 60_000);
