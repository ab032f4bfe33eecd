import type { GossipOptions } from '../../src/options/options.ts';
import type { TestCluster } from '../../src/testing/cluster-interface.ts';
import {
  freshSeeds,
  type SeededRng,
  type SimulationOptions,
  seededRng,
  simulate,
} from '../../src/testing/index.ts';

/** How many cases fast-check tries unless `FAST_CHECK_NUM_RUNS` says otherwise. */
const usualRuns = 100;

/**
 * How many times as many cases as usual are asked for. Usually the same seeds are tried each time, so that a test that
 * fails is about a change; `.ci/long` asks for twenty times as many, which are fresh ones.
 */
export const effort = Math.max(1, Number(process.env['FAST_CHECK_NUM_RUNS'] ?? usualRuns) / usualRuns);

/** What one seed makes of a scenario. It is printed when the scenario fails. */
export interface SeedPlan {
  readonly nodes: number;
  readonly timing?: GossipOptions['timing'];
}

/** A scenario and how often it is tried. */
export interface ManySeedsOptions<Plan extends SeedPlan> {
  /** So many seeds, times the effort asked for; `HOBNOB_SEED` replays a single one. */
  readonly seedsCount: number;
  readonly replay: SimulationOptions['replay'];
  readonly gossip?: SimulationOptions['gossip'];
  readonly latencyMs?: number;
  /** Draws everything that differs from seed to seed. */
  readonly draw: (rng: SeededRng) => Plan;
}

/**
 * Plays a scenario with many seeds, each with a pool and a plan of its own.
 * @throws SimulationError with the seed, the plan and the command that replays it, when the scenario throws.
 */
export async function overSeeds<Plan extends SeedPlan>(
  { seedsCount, replay, gossip, latencyMs = 1, draw }: ManySeedsOptions<Plan>,
  scenario: (pool: TestCluster, plan: Plan, rng: SeededRng) => Promise<void>,
): Promise<void> {
  for (const seed of seedsToTry(seedsCount)) {
    const rng = seededRng(seed).fork('plan');
    const plan = draw(rng);
    const timing = plan.timing === undefined ? {} : { timing: plan.timing };
    const options = {
      nodes: plan.nodes,
      latencyMs,
      seeds: [seed],
      gossip: { ...gossip, ...timing, compression: false },
    };
    await simulate({ ...options, replay }, async (pool) => {
      try {
        await scenario(pool, plan, rng);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`${reason}\n  plan:    ${JSON.stringify(plan)}`, { cause });
      }
    });
  }
}

/** One of these, each as likely as the others. */
export function oneOf<T>(rng: SeededRng, first: T, ...others: readonly T[]): T {
  const index = Math.floor(rng.next() * (others.length + 1));
  return index === 0 ? first : (others[index - 1] ?? first);
}

function seedsToTry(seedsCount: number): readonly number[] {
  const given = process.env['HOBNOB_SEED'];
  if (given !== undefined && given !== '') return [Number(given)];
  const count = Math.ceil(seedsCount * effort);
  return effort > 1 ? freshSeeds(count) : Array.from({ length: count }, (_, i) => i + 1);
}
