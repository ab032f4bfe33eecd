import { expect } from 'vitest';
import { createTestCluster, type TestCluster } from '../../src/testing/index.ts';

/** One forced leave, so long after the crash, and whether it also erases the member. */
interface ForcedLeave {
  readonly delayMs: number;
  readonly prune: boolean;
}

/** Before a probe, during the suspicion, and mostly after the verdict. */
const delaysMs = [500, 3_000, 10_000];
export const allForcedLeaves: readonly ForcedLeave[] = delaysMs.flatMap((delayMs) =>
  [false, true].map((prune) => ({ delayMs, prune })),
);
/** Before any member suspects the crashed one. */
export const hardestForcedLeave: readonly ForcedLeave[] = [{ delayMs: 500, prune: true }];

/** How `m1` sees `m2`, each status once, after `m2` has crashed and was forced to leave, and how all see it in the end. */
async function forceOut(
  pool: TestCluster,
  { delayMs, prune }: ForcedLeave,
): Promise<{ readonly course: readonly string[]; readonly end: ReadonlySet<string> }> {
  const seenBy = (observer: string): string => pool.statusSeenBy(observer, 'm2') ?? 'erased';
  await pool.advance(5_000);
  pool.crash('m2');
  await pool.advance(delayMs);
  await pool.settle(pool.gossip('m1').forceLeave('m2', { prune }));
  const course: string[] = [];
  for (let second = 0; second < 30; second += 1) {
    if (course.at(-1) !== seenBy('m1')) course.push(seenBy('m1'));
    await pool.advance(1_000);
  }
  return { course, end: new Set(pool.running.map(seenBy)) };
}

/** Checks for each case that every member sees the crashed one as left, or has erased it, and never as failed. */
export async function expectForcedOut(
  nodes: number,
  seeds: readonly number[],
  cases: readonly ForcedLeave[],
): Promise<void> {
  const start = nodes > 50 ? 'joined' : 'joining';
  for (const seed of seeds) {
    for (const { delayMs, prune } of cases) {
      await using pool = await createTestCluster({ nodes, seed, start, gossip: { compression: false } });
      const { course, end } = await forceOut(pool, { delayMs, prune });
      const last = prune ? 'erased' : 'left';
      const context = `seed ${seed}, ${delayMs} ms after the crash`;
      expect([...end], context).toEqual([last]);
      expect(
        course.filter((status) => status !== 'leaving'),
        context,
      ).toEqual([last]);
    }
  }
}
