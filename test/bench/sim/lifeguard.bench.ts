import type { GossipTiming } from '../../../packages/gossip/src/options.ts';
import type { GossipInternals } from '../../../packages/gossip/src/pool/create-gossip.ts';
import { watchFailures } from '../../../packages/gossip/src/testing/checkers.ts';
import { seededRng } from '../../../packages/gossip/src/testing/seeded-rng.ts';
import { slowMember } from '../../../packages/gossip/src/testing/slow-member.ts';
import { createClusterWith } from '../../../packages/gossip/src/testing/test-cluster.ts';
import { formatTable } from '../measure.ts';
import { numberFlag, percentile, writePlot, writeSection } from './report.ts';
import { linePlot } from './svg-plot.ts';

/** One way to run the failure detector. */
interface Variant {
  readonly label: string;
  readonly timing: Partial<GossipTiming>;
  readonly internals: GossipInternals;
}

/** α of the paper: five times the round's length and the logarithm of the pool; three confirmations. */
const suspicionMult = 5;
const noProbe = { awarenessMaxMultiplier: 1 };
const noSuspicion = { suspicionMaxTimeoutMult: 1 };
const noBuddy: GossipInternals = { buddySystem: 'off' };

const variants: readonly Variant[] = [
  { label: 'SWIM', timing: { ...noProbe, ...noSuspicion }, internals: noBuddy },
  { label: 'LHA-Probe', timing: noSuspicion, internals: noBuddy },
  { label: 'LHA-Suspicion', timing: noProbe, internals: noBuddy },
  { label: 'Buddy System', timing: { ...noProbe, ...noSuspicion }, internals: {} },
  { label: 'Lifeguard', timing: {}, internals: {} },
];

interface Scale {
  readonly members: number;
  readonly slowCounts: readonly number[];
  readonly slowMs: readonly number[];
  readonly wellMs: number;
  readonly lengthMs: number;
  readonly rounds: number;
}

interface Outcome {
  readonly variant: string;
  readonly slowCount: number;
  readonly slowMs: number;
  falsePositives: number;
  atHealthy: number;
  packets: number;
  readonly firstSeenS: number[];
  readonly everyoneS: number[];
}

/**
 * Lifeguard's experiment, as far as it is repeated here: pools in which some members are slow again and
 * again, and pools in which some fall silent once. Minutes; `--full` runs the whole grid, for hours.
 */
export async function run(args: readonly string[]): Promise<void> {
  const isFull = args.includes('--full');
  const scale: Scale = {
    members: numberFlag(args, 'members', 128),
    slowCounts: isFull ? [1, 4, 8, 12, 16, 20, 24, 28, 32] : [1, 8, 32],
    slowMs: isFull ? [128, 512, 2_048, 8_192, 16_384, 32_768] : [128, 2_048, 8_192, 32_768],
    wellMs: numberFlag(args, 'well-ms', 64),
    lengthMs: numberFlag(args, 'seconds', isFull ? 120 : 60) * 1000,
    rounds: numberFlag(args, 'rounds', isFull ? 10 : 1),
  };
  const outcomes: Outcome[] = [];
  for (const variant of variants) {
    for (const slowCount of scale.slowCounts) {
      for (const slowMs of scale.slowMs) outcomes.push(await measured(variant, scale, slowCount, slowMs));
      process.stderr.write(`${variant.label}, ${slowCount} slow: done\n`);
    }
  }
  report(outcomes, scale);
}

async function measured(variant: Variant, scale: Scale, slowCount: number, slowMs: number): Promise<Outcome> {
  const outcome: Outcome = {
    variant: variant.label,
    slowCount,
    slowMs,
    falsePositives: 0,
    atHealthy: 0,
    packets: 0,
    firstSeenS: [],
    everyoneS: [],
  };
  for (let round = 1; round <= scale.rounds; round += 1) {
    await spells(variant, scale, outcome, round);
    if (slowMs === scale.slowMs.at(-1)) await silence(variant, scale, outcome, round);
  }
  return outcome;
}

function poolOf(variant: Variant, { members }: Scale, seed: number) {
  const gossip = { compression: false, timing: { suspicionMult, ...variant.timing } };
  return createClusterWith({ nodes: members, seed, start: 'joined', gossip }, variant.internals);
}

/** The same members for every variant, seed by seed. */
function chosen(names: readonly string[], count: number, seed: number): ReadonlySet<string> {
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
async function spells(variant: Variant, scale: Scale, outcome: Outcome, seed: number): Promise<void> {
  const pool = await poolOf(variant, scale, seed);
  const slow = chosen(pool.names, outcome.slowCount, seed);
  await pool.advance(10_000);
  const failures = watchFailures(pool);
  const before = pool.network.stats().packetsSent;
  const { clock } = pool;
  const { slowMs } = outcome;
  for (const name of slow)
    pool.addRule(slowMember({ clock, host: pool.addressOf(name).host, slowMs, wellMs: scale.wellMs }));
  await pool.advance(scale.lengthMs);
  const wrong = failures.falsePositives(({ subject }) => slow.has(subject));
  outcome.falsePositives += wrong.length;
  outcome.atHealthy += wrong.filter(({ observer }) => !slow.has(observer)).length;
  outcome.packets += pool.network.stats().packetsSent - before;
  await pool[Symbol.asyncDispose]();
}

/** Some are killed at once; how long until the first of the others says so, and until all have said so. */
async function silence(variant: Variant, scale: Scale, outcome: Outcome, seed: number): Promise<void> {
  const pool = await poolOf(variant, scale, seed + 1000);
  const dead = chosen(pool.names, outcome.slowCount, seed);
  await pool.advance(10_000);
  const failures = watchFailures(pool);
  const startMs = pool.clock.nowMs();
  for (const name of dead) pool.crash(name);
  await pool.advanceUntil(() => failures.seen.length >= dead.size * (scale.members - dead.size), 300_000);
  for (const name of dead) {
    const times = failures.seen
      .filter(({ subject }) => subject === name)
      .map(({ atMs }) => (atMs - startMs) / 1000);
    outcome.firstSeenS.push(Math.min(...times));
    outcome.everyoneS.push(Math.max(...times));
  }
  await pool[Symbol.asyncDispose]();
}

function report(outcomes: readonly Outcome[], scale: Scale): void {
  const base = sumOf(outcomes, 'SWIM');
  const rows = variants.map(({ label }) => {
    const sum = sumOf(outcomes, label);
    return [
      label,
      String(sum.falsePositives),
      shareOf(sum.falsePositives, base.falsePositives),
      String(sum.atHealthy),
      shareOf(sum.atHealthy, base.atHealthy),
      (sum.packets / base.packets).toFixed(2),
    ];
  });
  const header = ['', 'FP', '% of SWIM', 'FP at healthy members', '% of SWIM', 'packets : SWIM'];
  const times = variants.map(({ label }) => {
    const own = outcomes.filter(({ variant }) => variant === label);
    const first = own.flatMap(({ firstSeenS }) => firstSeenS);
    const all = own.flatMap(({ everyoneS }) => everyoneS);
    const shares = [0.5, 0.99, 0.999];
    return [
      label,
      ...shares.map((share) => percentile(first, share)),
      ...shares.map((share) => percentile(all, share)),
      String(first.length),
    ];
  });
  const timesHeader = [
    'seconds',
    'first: median',
    '99th',
    '99.9th',
    'everyone: median',
    '99th',
    '99.9th',
    'deaths',
  ];
  const { members, slowCounts, slowMs, wellMs, lengthMs, rounds } = scale;
  const grid = `${members} members; ${slowCounts.join(', ')} of them slow for ${slowMs.join(', ')} ms at a time, ${wellMs} ms apart, for ${lengthMs / 1000} s; ${rounds} run${rounds > 1 ? 's' : ''} of each case, seeds 1 to ${rounds}.`;
  writeSection(
    'lifeguard',
    `${grid}\n\n${formatTable(header, rows)}\n![False positives by slow members](plots/lifeguard-slow-members.svg)\n![False positives by length of the spells](plots/lifeguard-spells.svg)\n\n${formatTable(timesHeader, times)}`,
  );
  writePlots(outcomes, scale);
}

function writePlots(outcomes: readonly Outcome[], scale: Scale): void {
  const y = { label: 'false positives (log; 0 not shown)', scale: 'log' } as const;
  const sumWhere = (label: string, matches: (outcome: Outcome) => boolean): number =>
    outcomes
      .filter((outcome) => outcome.variant === label && matches(outcome))
      .reduce((sum, { falsePositives }) => sum + falsePositives, 0);
  writePlot(
    'lifeguard-slow-members',
    linePlot({
      title: `False positives among ${scale.members} members`,
      x: { label: 'slow members', scale: 'linear' },
      y,
      series: variants.map(({ label }) => ({
        label,
        points: scale.slowCounts.map(
          (count) => [count, sumWhere(label, ({ slowCount }) => slowCount === count)] as const,
        ),
      })),
    }),
  );
  writePlot(
    'lifeguard-spells',
    linePlot({
      title: `False positives among ${scale.members} members`,
      x: { label: 'length of a slow spell, s (log)', scale: 'log' },
      y,
      series: variants.map(({ label }) => ({
        label,
        points: scale.slowMs.map(
          (ms) => [ms / 1000, sumWhere(label, ({ slowMs }) => slowMs === ms)] as const,
        ),
      })),
    }),
  );
}

function sumOf(outcomes: readonly Outcome[], label: string) {
  const own = outcomes.filter(({ variant }) => variant === label);
  const total = (pick: (outcome: Outcome) => number): number =>
    own.reduce((sum, outcome) => sum + pick(outcome), 0);
  return {
    falsePositives: total(({ falsePositives }) => falsePositives),
    atHealthy: total(({ atHealthy }) => atHealthy),
    packets: total(({ packets }) => packets),
  };
}

function shareOf(part: number, whole: number): string {
  return whole === 0 ? '-' : ((100 * part) / whole).toFixed(2);
}
