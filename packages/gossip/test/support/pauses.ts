import { expect } from 'vitest';
import { shuffle } from '../../src/collections/random-choice.ts';
import type { GossipOptions } from '../../src/options/options.ts';
import {
  type SeededRng,
  type SimulationOptions,
  seededRng,
  type TestCluster,
} from '../../src/testing/index.ts';
import { oneOf, overSeeds } from './many-seeds.ts';

/** An ack takes so long that a pause often begins in the middle of a probe. */
export const latencyMs = 60;

/** How long a member is paused at a time, and about how long it runs in between. */
export interface Pauses {
  readonly pausedMs: number;
  readonly runningMs: number;
}

/** A suspicion that a member began. */
export interface Suspicion {
  readonly from: string;
  readonly member: string;
}

/**
 * Pauses some members again and again for two minutes, independently of the protocol period.
 * @returns the other members that they suspected meanwhile, and the worst health score among the paused members.
 */
export async function pauseRepeatedly(
  cluster: TestCluster,
  paused: readonly string[],
  { pausedMs, runningMs }: Pauses,
  suspicions: readonly Suspicion[],
): Promise<{ readonly suspected: readonly string[]; readonly worstHealth: number }> {
  const rng = seededRng(cluster.seed).fork('spells');
  let worstHealth = 0;
  for (let passedMs = 0; passedMs < 120_000; passedMs += pausedMs + runningMs) {
    const resumes = paused.map((name) => cluster.pause(name));
    await cluster.advance(pausedMs);
    for (const resume of resumes) resume();
    for (const name of paused) worstHealth = Math.max(worstHealth, cluster.gossip(name).stats().healthScore);
    await cluster.advance(runningMs * (0.5 + rng.next()));
  }
  const wrong = suspicions.filter(({ from, member }) => paused.includes(from) && !paused.includes(member));
  return { suspected: wrong.map(({ member }) => member), worstHealth };
}

/**
 * Pauses for each seed other members of another pool.
 * @throws SimulationError when they suspect another member, or the pool has not converged a minute later.
 */
export async function expectNoSuspicionByPaused(
  replay: SimulationOptions['replay'],
  seedsCount: number,
): Promise<void> {
  const { logger, suspicions } = suspicionsLog();
  const draw = (rng: SeededRng) => {
    suspicions.length = 0;
    const [pausedMs, runningMs] = oneOf(rng, [2_000, 3_000], ...otherPauses);
    return { nodes: oneOf(rng, 4, 8, 15), pausedShare: oneOf(rng, 0, 0.25, 0.5), pausedMs, runningMs };
  };
  const options = { seedsCount, replay, latencyMs, gossip: { logger }, draw };
  await overSeeds(options, async (pool, plan, rng) => {
    const pausedCount = Math.max(1, Math.floor(plan.nodes * plan.pausedShare));
    const paused = shuffle([...pool.names], rng).slice(0, pausedCount);
    const { suspected } = await pauseRepeatedly(pool, paused, plan, suspicions);
    expect(suspected).toEqual([]);
    await pool.advanceUntil(() => pool.isConverged(), 60_000);
  });
}

const otherPauses: readonly [pausedMs: number, runningMs: number][] = [
  [2_000, 3_000],
  [400, 100],
  [5_000, 5_000],
  [100, 20],
  [900, 100],
  [1_500, 1_500],
];

const nothing = (): void => undefined;
const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing, trace: nothing };

/** A logger that records suspicions. */
export function suspicionsLog(): {
  readonly logger: NonNullable<GossipOptions['logger']>;
  readonly suspicions: Suspicion[];
} {
  const suspicions: Suspicion[] = [];
  const info = (fields: object, message: string): void => {
    if (message !== 'suspecting a member' || !('from' in fields && 'member' in fields)) return;
    suspicions.push({ from: String(fields.from), member: String(fields.member) });
  };
  return { logger: { ...silent, info }, suspicions };
}
