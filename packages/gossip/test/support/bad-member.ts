import { expect } from 'vitest';
import { block, type TestCluster, udpOnly, watchFailures } from '../../src/testing/index.ts';
import type { HealingPools } from './healing-pools.ts';

/** What the bad member cannot do with the members that it does not reach. */
export type Reach = 'neither way' | 'it cannot send' | 'it cannot receive' | 'no datagrams';

/** Cuts the last member off from all but the first few. Returns its name. */
export function cutOff(pool: TestCluster, reachCount: number, how: Reach): string {
  const bad = pool.names.at(-1) ?? '';
  const hostOf = (name: string): string => pool.addressOf(name).host;
  const cut = pool.names.slice(reachCount, -1).map(hostOf);
  const from = block([hostOf(bad)], cut);
  const to = block(cut, [hostOf(bad)]);
  if (how !== 'it cannot receive') pool.addRule(how === 'no datagrams' ? udpOnly(from) : from);
  if (how !== 'it cannot send') pool.addRule(how === 'no datagrams' ? udpOnly(to) : to);
  return bad;
}

/** Checks that a member that reaches only few others makes no member report a healthy one as failed. */
export async function expectNoFalsePositives(
  pools: HealingPools,
  nodes: number,
  reachCount: number,
  how: Reach,
): Promise<void> {
  const pool = await pools.of(nodes, 11);
  await pool.advance(10_000);
  const bad = cutOff(pool, reachCount, how);
  const failures = watchFailures(pool);
  await pool.advance(150_000);
  expect(failures.seen.filter(({ observer, subject }) => observer !== bad && subject !== bad)).toEqual([]);
  // Nor does it flap itself: the members that reach it let it refute.
  const about = failures.seen.filter(({ subject }) => subject === bad);
  expect(about.length).toBeLessThan(nodes);
}

/** Crashes a member of a pool of 20 for each seed. Returns the sum of the detection times. */
export async function detectionMs(
  pools: HealingPools,
  seeds: readonly number[],
  disabledExtensions: readonly 'second-confirmation'[],
): Promise<number> {
  let sumMs = 0;
  for (const seed of seeds) {
    const pool = await pools.open(
      { nodes: 20, seed, start: 'joined' },
      { disabledExtensions: new Set(disabledExtensions) },
    );
    await pool.advance(10_000);
    const failures = watchFailures(pool);
    const startMs = pool.clock.nowMs();
    pool.crash('m20');
    await pool.advanceUntil(() => failures.seen.length === 19, 60_000);
    sumMs += Math.max(...failures.seen.map(({ atMs }) => atMs)) - startMs;
  }
  return sumMs;
}
