import { afterEach, describe, expect, test } from 'vitest';
import type { GossipOptions } from '../../src/options/options.ts';
import type { GossipInternals } from '../../src/pool/create-gossip.ts';
import type { TestCluster } from '../../src/testing/index.ts';
import { healingPools } from '../support/healing-pools.ts';
import { effort } from '../support/many-seeds.ts';
import { expectNoSuspicionByPaused, latencyMs, pauseRepeatedly, suspicionsLog } from '../support/pauses.ts';

const file = 'packages/gossip/test/sim/healing-late.sim.ts';
const pools = healingPools();
afterEach(() => pools.close());

function farPool(
  gossip: Pick<GossipOptions, 'logger'>,
  internals: GossipInternals = {},
): Promise<TestCluster> {
  return pools.open({ nodes: 8, seed: 4, latencyMs, gossip }, internals);
}

describe('a member whose process is', () => {
  const pauses = [
    ['blocked for 2 s every few seconds', { pausedMs: 2_000, runningMs: 2_000 }],
    ['starved of CPU, 900 ms of every second', { pausedMs: 900, runningMs: 100 }],
  ] as const;

  test.each(pauses)('%s suspects no other', async (_, pause) => {
    const { logger, suspicions } = suspicionsLog();
    const cluster = await farPool({ logger });
    const { suspected, worstHealth } = await pauseRepeatedly(cluster, ['m4'], pause, suspicions);
    expect(suspected).toEqual([]);
    expect(worstHealth).toBeGreaterThan(1);
    await cluster.advanceUntil(() => cluster.isConverged(), 60_000);
  });

  test.each(pauses)('%s suspects others without stall compensation', async (_, pause) => {
    const { logger, suspicions } = suspicionsLog();
    const cluster = await farPool({ logger }, { disabledExtensions: new Set(['stall-compensation']) });
    const { suspected } = await pauseRepeatedly(cluster, ['m4'], pause, suspicions);
    expect(suspected).not.toEqual([]);
  });
});

test('members that are paused suspect no other, however many, for however long at a time', {
  timeout: 60_000 * effort,
}, async ({ task }) => {
  await expectNoSuspicionByPaused({ file, test: task.name }, 2);
});
