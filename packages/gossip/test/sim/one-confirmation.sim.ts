import { afterEach, describe, expect, test } from 'vitest';
import { block, type TestCluster, udpOnly, watchFailures } from '../../src/testing/index.ts';
import { healingPools } from '../support/healing-pools.ts';

const pools = healingPools();
afterEach(() => pools.close());

type Reach = 'neither way' | 'it cannot send' | 'it cannot receive' | 'no datagrams';

/** The last member and all but the first few lose each other, one way or both. */
function cutOff(pool: TestCluster, reachCount: number, how: Reach): string {
  const bad = pool.names.at(-1) ?? '';
  const hostOf = (name: string): string => pool.addressOf(name).host;
  const cut = pool.names.slice(reachCount, -1).map(hostOf);
  const from = block([hostOf(bad)], cut);
  const to = block(cut, [hostOf(bad)]);
  if (how !== 'it cannot receive') pool.addRule(how === 'no datagrams' ? udpOnly(from) : from);
  if (how !== 'it cannot send') pool.addRule(how === 'no datagrams' ? udpOnly(to) : to);
  return bad;
}

describe('a member that reaches only few others makes nobody give up a member that is well', () => {
  test.each<[nodes: number, reachCount: number, how: Reach]>([
    [6, 1, 'neither way'],
    [12, 1, 'neither way'],
    [20, 3, 'neither way'],
    [12, 2, 'it cannot send'],
    [12, 1, 'it cannot receive'],
    [12, 1, 'no datagrams'],
  ])('in a pool of %i, reaching %i: %s', { timeout: 60_000 }, async (nodes, reachCount, how) => {
    const pool = await pools.of(nodes, 11);
    await pool.advance(10_000);
    const bad = cutOff(pool, reachCount, how);
    const failures = watchFailures(pool);
    await pool.advance(150_000);
    expect(failures.seen.filter(({ observer, subject }) => observer !== bad && subject !== bad)).toEqual([]);
    // Nor does it come and go itself: those that reach it know that it lives, and let it refute.
    const about = failures.seen.filter(({ subject }) => subject === bad);
    expect(about.length).toBeLessThan(nodes);
  });

  test('as it would if its word were enough', { timeout: 60_000 }, async () => {
    const pool = await pools.of(20, 11, {}, { disabledExtensions: new Set(['second-confirmation']) });
    await pool.advance(10_000);
    const bad = cutOff(pool, 1, 'neither way');
    const failures = watchFailures(pool);
    const isWrong = () => failures.seen.some(({ observer, subject }) => observer !== bad && subject !== bad);
    await pool.advanceUntil(isWrong, 300_000);
  });
});

test('a death is noticed as soon as it would be if one word were enough', { timeout: 60_000 }, async () => {
  const noticed = async (
    disabledExtensions: readonly 'second-confirmation'[],
  ): Promise<readonly number[]> => {
    const times: number[] = [];
    for (const seed of [1, 2, 3, 4]) {
      const pool = await pools.open(
        { nodes: 20, seed, start: 'joined' },
        { disabledExtensions: new Set(disabledExtensions) },
      );
      await pool.advance(10_000);
      const failures = watchFailures(pool);
      const startMs = pool.clock.nowMs();
      pool.crash('m20');
      await pool.advanceUntil(() => failures.seen.length === 19, 60_000);
      times.push(Math.max(...failures.seen.map(({ atMs }) => atMs)) - startMs);
    }
    return times;
  };
  const sum = (times: readonly number[]): number => times.reduce((total, ms) => total + ms, 0);
  expect(sum(await noticed([]))).toBeLessThanOrEqual(1.05 * sum(await noticed(['second-confirmation'])));
});
