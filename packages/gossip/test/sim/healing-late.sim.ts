import { afterEach, describe, expect, test } from 'vitest';
import type { GossipOptions } from '../../src/options.ts';
import type { GossipInternals } from '../../src/pool/create-gossip.ts';
import { shuffle } from '../../src/swim/random.ts';
import { type SeededRng, seededRng, type TestCluster } from '../../src/testing/index.ts';
import { healingPools } from '../support/healing-pools.ts';
import { effort, oneOf, overSeeds } from '../support/many-seeds.ts';

const file = 'packages/gossip/test/sim/healing-late.sim.ts';
const pools = healingPools();
afterEach(() => pools.close());

/** An answer takes so long that a standstill often falls into the middle of a probe. */
const latencyMs = 60;

function farPool(
  gossip: Pick<GossipOptions, 'logger'>,
  internals: GossipInternals = {},
): Promise<TestCluster> {
  return pools.open({ nodes: 8, seed: 4, latencyMs, gossip }, internals);
}

/** Some members stop again and again for two minutes, not in time with anybody's rounds. Returns whom they accused, but for each other. */
async function stopAgainAndAgain(
  cluster: TestCluster,
  late: readonly string[],
  { blockedMs, runningMs }: { readonly blockedMs: number; readonly runningMs: number },
  accusations: readonly Accusation[],
): Promise<{ readonly accused: readonly string[]; readonly worstHealth: number }> {
  const rng = seededRng(cluster.seed).fork('spells');
  let worstHealth = 0;
  for (let passedMs = 0; passedMs < 120_000; passedMs += blockedMs + runningMs) {
    const resumes = late.map((name) => cluster.pause(name));
    await cluster.advance(blockedMs);
    for (const resume of resumes) resume();
    for (const name of late) worstHealth = Math.max(worstHealth, cluster.gossip(name).stats().healthScore);
    await cluster.advance(runningMs * (0.5 + rng.next()));
  }
  const wrong = accusations.filter(
    ({ accuser, accused }) => late.includes(accuser) && !late.includes(accused),
  );
  return { accused: wrong.map(({ accused }) => accused), worstHealth };
}

describe('a process that is late accuses nobody', () => {
  const anomalies = [
    ['blocked for 2 s every few seconds', { blockedMs: 2_000, runningMs: 2_000 }],
    ['starved of CPU, 900 ms of every second', { blockedMs: 900, runningMs: 100 }],
  ] as const;

  test.each(anomalies)('%s', async (_, anomaly) => {
    const { logger, accusations } = accusationsLog();
    const cluster = await farPool({ logger });
    const { accused, worstHealth } = await stopAgainAndAgain(cluster, ['m4'], anomaly, accusations);
    expect(accused).toEqual([]);
    expect(worstHealth).toBeGreaterThan(1);
    await cluster.advanceUntil(() => cluster.isConverged(), 60_000);
  });

  test.each(anomalies)('%s, it would if it did not notice', async (_, anomaly) => {
    const { logger, accusations } = accusationsLog();
    const cluster = await farPool({ logger }, { disabledExtensions: new Set(['stall-compensation']) });
    const { accused } = await stopAgainAndAgain(cluster, ['m4'], anomaly, accusations);
    expect(accused).not.toEqual([]);
  });

  test('however many are late, for however long at a time', { timeout: 60_000 * effort }, async ({
    task,
  }) => {
    const replay = { file, test: task.name };
    const { logger, accusations } = accusationsLog();
    const draw = (rng: SeededRng) => {
      accusations.length = 0;
      const [blockedMs, runningMs] = oneOf(rng, [2_000, 3_000], ...lateAnomalies);
      return { nodes: oneOf(rng, 4, 8, 15), lateShare: oneOf(rng, 0, 0.25, 0.5), blockedMs, runningMs };
    };
    await overSeeds(
      { seedsCount: 8, replay, latencyMs, gossip: { logger }, draw },
      async (pool, plan, rng) => {
        const lateCount = Math.max(1, Math.floor(plan.nodes * plan.lateShare));
        const late = shuffle([...pool.names], rng).slice(0, lateCount);
        const { accused } = await stopAgainAndAgain(pool, late, plan, accusations);
        expect(accused).toEqual([]);
        await pool.advanceUntil(() => pool.isConverged(), 60_000);
      },
    );
  });
});

const lateAnomalies: readonly [blockedMs: number, runningMs: number][] = [
  [2_000, 3_000],
  [400, 100],
  [5_000, 5_000],
  [100, 20],
  [900, 100],
  [1_500, 1_500],
];

const nothing = (): void => undefined;
const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing, trace: nothing };

interface Accusation {
  readonly accuser: string;
  readonly accused: string;
}

/** Who accused whom, as every member notes it. */
function accusationsLog(): {
  readonly logger: NonNullable<GossipOptions['logger']>;
  readonly accusations: Accusation[];
} {
  const accusations: Accusation[] = [];
  const info = (fields: object): void => {
    if (!('accuser' in fields && 'member' in fields)) return;
    accusations.push({ accuser: String(fields.accuser), accused: String(fields.member) });
  };
  return { logger: { ...silent, info }, accusations };
}
