import type { GossipTiming } from '../../../packages/gossip/src/options/options.ts';
import type { GossipInternals } from '../../../packages/gossip/src/pool/create-gossip.ts';
import { extensions } from '../../../packages/gossip/src/swim/features.ts';
import { watchFailures } from '../../../packages/gossip/src/testing/checkers.ts';
import { createClusterWith } from '../../../packages/gossip/src/testing/create-test-cluster.ts';
import { seededRng } from '../../../packages/gossip/src/testing/seeded-rng.ts';
import { slowMember } from '../../../packages/gossip/src/testing/slow-member.ts';
import { runCases } from './cases.ts';
import { type Anomalies, type Grid, reportLifeguard, type Silence } from './lifeguard-report.ts';
import { numberFlag } from './report.ts';

/** One way to run the failure detector. */
interface Variant {
  readonly timing: Partial<GossipTiming>;
  readonly internals: GossipInternals;
}

/** α of the paper: five times the round's length and the logarithm of the pool; three confirmations. */
const suspicionMult = 5;
const noProbe = { awarenessMaxMultiplier: 1 };
const noSuspicion = { suspicionMaxTimeoutMult: 1 };
const asThePaper: GossipInternals = { disabledExtensions: new Set(extensions) };
const noBuddy: GossipInternals = { ...asThePaper, buddySystem: 'off' };

const variants = {
  SWIM: { timing: { ...noProbe, ...noSuspicion }, internals: noBuddy },
  'LHA-Probe': { timing: noSuspicion, internals: noBuddy },
  'LHA-Suspicion': { timing: noProbe, internals: noBuddy },
  'Buddy System': { timing: { ...noProbe, ...noSuspicion }, internals: asThePaper },
  Lifeguard: { timing: {}, internals: asThePaper },
  Hobnob: { timing: {}, internals: {} },
} as const satisfies Record<string, Variant>;
type VariantName = keyof typeof variants;
const variantNames = Object.keys(variants) as readonly VariantName[];

interface Case {
  readonly kind: 'anomalies' | 'silence';
  readonly variant: VariantName;
  readonly members: number;
  /** How many are slow, or are killed. */
  readonly count: number;
  readonly durationMs: number;
  readonly intervalMs: number;
  readonly lengthMs: number;
  readonly seed: number;
}

/**
 * Lifeguard's experiment, as far as it is repeated here: pools in which some members are slow again and
 * again, and pools in which some fall silent once. `--full` runs the whole grid, for hours.
 */
export async function run(args: readonly string[]): Promise<void> {
  const isFull = args.includes('--full');
  const grid: Grid = {
    members: numberFlag(args, 'members', 128),
    slowCounts: isFull ? [1, 4, 8, 12, 16, 20, 24, 28, 32] : [1, 4, 8, 16, 32],
    durationMs: isFull ? [128, 512, 2_048, 8_192, 16_384, 32_768] : [128, 512, 2_048, 8_192, 32_768],
    intervalMs: numberFlag(args, 'well-ms', 64),
    lengthMs: numberFlag(args, 'seconds', isFull ? 120 : 60) * 1000,
    rounds: numberFlag(args, 'rounds', isFull ? 10 : 1),
    deaths: numberFlag(args, 'deaths', 1000),
  };
  const anomalyCases = casesOfAnomalies(grid);
  const silenceCases = casesOfSilence(grid);
  const outcomes = await runCases<Case, Anomalies | Silence>(args, {
    bench: 'sim/lifeguard',
    list: [...anomalyCases, ...silenceCases],
    work: (one) => (one.kind === 'anomalies' ? anomalies(one) : silence(one)),
    describe: ({ kind, variant, count, durationMs, seed }) =>
      `${variant}, ${count} ${kind === 'anomalies' ? `slow for ${durationMs} ms` : 'killed'}, seed ${seed}`,
  });
  if (outcomes === undefined) return;
  const anomaliesSeen = outcomes.filter((outcome) => outcome.kind === 'anomalies');
  const silences = outcomes.filter((outcome) => outcome.kind === 'silence');
  reportLifeguard({ grid, variants: variantNames, anomalies: anomaliesSeen, silences });
}

function casesOfAnomalies({ slowCounts, durationMs, rounds, ...rest }: Grid): readonly Case[] {
  const seeds = Array.from({ length: rounds }, (_, i) => i + 1);
  return variantNames.flatMap((variant) =>
    slowCounts.flatMap((count) =>
      durationMs.flatMap((ms) =>
        seeds.map((seed): Case => ({ ...rest, kind: 'anomalies', variant, count, durationMs: ms, seed })),
      ),
    ),
  );
}

/** As many pools as it takes until so many have been killed, in each as many at once as are slow in the others. */
function casesOfSilence({ slowCounts, deaths, ...rest }: Grid): readonly Case[] {
  const counts: number[] = [];
  for (let sum = 0; sum < deaths; sum += counts.at(-1) ?? 0) {
    counts.push(slowCounts[counts.length % slowCounts.length] ?? 1);
  }
  return variantNames.flatMap((variant) =>
    counts.map(
      (count, i): Case => ({ ...rest, kind: 'silence', variant, count, durationMs: 0, seed: i + 1001 }),
    ),
  );
}

function poolOf({ variant, members: nodes, seed }: Case) {
  const { timing, internals } = variants[variant];
  const gossip = { compression: false, timing: { suspicionMult, ...timing } };
  return createClusterWith({ nodes, seed, start: 'joined', gossip }, internals);
}

/** The same members for every variant, seed by seed. */
function chosen(names: readonly string[], { count, seed }: Case): ReadonlySet<string> {
  const rng = seededRng(seed).fork('slow members');
  const keyed = names.map((name) => ({ name, key: rng.next() }));
  return new Set(
    keyed
      .toSorted((a, b) => a.key - b.key)
      .slice(0, count)
      .map(({ name }) => name),
  );
}

/** Some are slow for a while, well for a moment, and slow again, all in step. */
async function anomalies(one: Case): Promise<Anomalies> {
  const pool = await poolOf(one);
  const slow = chosen(pool.names, one);
  await pool.advance(10_000);
  const failures = watchFailures(pool);
  const before = pool.network.stats().packetsSent;
  const { clock } = pool;
  const { variant, count, durationMs, intervalMs } = one;
  for (const name of slow) {
    pool.addRule(slowMember({ clock, host: pool.addressOf(name).host, durationMs, intervalMs }));
  }
  await pool.advance(one.lengthMs);
  const wrong = failures.falsePositives(({ subject }) => slow.has(subject));
  const packets = pool.network.stats().packetsSent - before;
  await pool[Symbol.asyncDispose]();
  return {
    kind: 'anomalies',
    variant,
    slowCount: count,
    durationMs,
    falsePositives: wrong.length,
    atHealthy: wrong.filter(({ observer }) => !slow.has(observer)).length,
    packets,
  };
}

/** Some are killed at once; how long until the first of the others says so, and until all have said so. */
async function silence(one: Case): Promise<Silence> {
  const pool = await poolOf(one);
  const dead = chosen(pool.names, one);
  await pool.advance(10_000);
  const failures = watchFailures(pool);
  const startMs = pool.clock.nowMs();
  for (const name of dead) pool.crash(name);
  await pool.advanceUntil(() => failures.seen.length >= dead.size * (one.members - dead.size), 300_000);
  await pool[Symbol.asyncDispose]();
  const times = [...dead].map((name) =>
    failures.seen.filter(({ subject }) => subject === name).map(({ atMs }) => (atMs - startMs) / 1000),
  );
  return {
    kind: 'silence',
    variant: one.variant,
    firstSeenS: times.map((own) => Math.min(...own)),
    everyoneS: times.map((own) => Math.max(...own)),
  };
}
