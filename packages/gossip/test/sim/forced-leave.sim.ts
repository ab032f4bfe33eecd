import { createTestCluster, type TestCluster } from '@hobnob/gossip/testing';
import { describe, expect, test } from 'vitest';

/** A forced leave comes so long after the crash: before a probe, within the suspicion, and mostly after the verdict. */
const delaysMs = [500, 3_000, 10_000];
const allCases = delaysMs.flatMap((delayMs) => [false, true].map((prune) => ({ delayMs, prune })));
const hardest = [{ delayMs: 500, prune: true }];

/** What `m1` saw of `m2` after it had crashed and was forced out, each status once, and what all see in the end. */
async function forceOut(
  pool: TestCluster,
  { delayMs, prune }: { readonly delayMs: number; readonly prune: boolean },
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

describe('a forced leave of a member that has just crashed', () => {
  test.each([
    { nodes: 5, seeds: [1, 2], cases: allCases },
    { nodes: 30, seeds: [2], cases: allCases },
    // Large pools take long; their hardest case is a leave before anybody suspects.
    { nodes: 100, seeds: [1, 2], cases: hardest },
    { nodes: 200, seeds: [1], cases: hardest },
  ])('ends at left, or erased, at each of $nodes members', async ({ nodes, seeds, cases }) => {
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
  });

  test('is refuted by the member when it lives', async () => {
    await using pool = await createTestCluster({ nodes: 30, seed: 3, gossip: { compression: false } });
    for (const prune of [false, true]) {
      await pool.settle(pool.gossip('m1').forceLeave('m2', { prune }));
      await pool.advance(3_000);
      expect(pool.isConverged()).toBe(true);
    }
  });
});
