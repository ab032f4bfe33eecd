import { type FailureSeen, watchFailures } from '../../../packages/gossip/src/testing/checkers.ts';
import { createClusterWith } from '../../../packages/gossip/src/testing/create-test-cluster.ts';
import { loss, type Rule, streamsOnly, udpOnly } from '../../../packages/gossip/src/testing/fault-rules.ts';
import { formatTable } from '../measure.ts';
import { runCases } from './cases.ts';
import { numberFlag, writePlot, writeSection } from './report.ts';
import { linePlot } from './svg-plot.ts';

const streams = {
  lossless: (rate: number) => [udpOnly(loss(rate))],
  lossy: (rate: number) => [loss(rate)],
  blocked: (rate: number) => [udpOnly(loss(rate)), streamsOnly(loss(1))],
} as const satisfies Record<string, (rate: number) => readonly Rule[]>;

interface Case {
  readonly streams: keyof typeof streams;
  readonly ratePercent: number;
  readonly members: number;
  readonly minutes: number;
  readonly seed: number;
  /** As memberlist does it: without direct suspicion notices. */
  readonly isWithoutNotice: boolean;
}

interface Outcome {
  /** One member's verdict that another has failed. */
  readonly verdicts: number;
  /** How often a member was declared dead, by one observer or more. */
  readonly deaths: number;
}

/** Without notices there are so many failure reports that a few minutes show them. */
const withoutNoticeMinutesMax = 5;

/** False positives of a healthy pool whose network loses packets. */
export async function run(args: readonly string[]): Promise<void> {
  const members = numberFlag(args, 'members', 100);
  const minutes = numberFlag(args, 'minutes', 5);
  const withoutNoticeMinutes = Math.min(minutes, withoutNoticeMinutesMax);
  const seed = numberFlag(args, 'seed', 1);
  const only = numberFlag(args, 'rate', -1);
  const rates = only >= 0 ? [only] : [0, 10, 20, 30, 40];
  const rows = [
    { label: 'streams lossless', streams: 'lossless', minutes, isWithoutNotice: false },
    { label: 'streams lossy', streams: 'lossy', minutes, isWithoutNotice: false },
    { label: 'streams blocked', streams: 'blocked', minutes, isWithoutNotice: false },
    {
      label: 'lossy, no direct notices',
      streams: 'lossy',
      minutes: withoutNoticeMinutes,
      isWithoutNotice: true,
    },
  ] as const;
  const list = rows.flatMap(({ label: _, ...row }) =>
    rates.map((ratePercent): Case => ({ ...row, ratePercent, members, seed })),
  );
  // The longest first, so that no process is left with one at the end.
  const order = list.toSorted((a, b) => b.minutes * (b.ratePercent + 10) - a.minutes * (a.ratePercent + 10));
  const outcomes = await runCases<Case, Outcome>(args, {
    bench: 'sim/loss',
    list: order,
    work: falsePositives,
    describe: ({ streams: kind, ratePercent, isWithoutNotice }, { verdicts, deaths }) =>
      `streams ${kind}, ${ratePercent} % lost${isWithoutNotice ? ', no direct notices' : ''}: ${verdicts} of ${deaths}`,
  });
  if (outcomes === undefined) return;
  const found = new Map(order.map((one, at) => [one, outcomes[at]]));
  const table = rows.map((row, at) => ({
    ...row,
    outcomes: list.slice(at * rates.length, (at + 1) * rates.length).flatMap((one) => found.get(one) ?? []),
  }));
  const cells = table.map((row) => [
    row.label,
    String(row.minutes),
    ...row.outcomes.map(({ verdicts, deaths }) => (verdicts === 0 ? '0' : `${verdicts} of ${deaths}`)),
  ]);
  writeSection(
    'loss',
    `${members} members, seed ${seed}. \`12 of 3\`: twelve failure reports, on three occasions; no member has failed.\n\n${formatTable(['lost, %', 'virtual minutes', ...rates.map(String)], cells)}\n![False positives by loss](plots/loss.svg)`,
  );
  if (only >= 0) return;
  writePlot(
    'loss',
    linePlot({
      title: `False positives an hour among ${members} members`,
      x: { label: 'packets lost, %', scale: 'linear' },
      y: { label: 'false positives an hour (log)', scale: 'counts' },
      series: table.map((row) => ({
        label: row.label,
        points: rates.map(
          (rate, i) => [rate, ((row.outcomes[i]?.verdicts ?? 0) * 60) / row.minutes] as const,
        ),
      })),
    }),
  );
}

async function falsePositives(one: Case): Promise<Outcome> {
  const { members: nodes, minutes, seed, ratePercent, isWithoutNotice } = one;
  const pool = await createClusterWith(
    { nodes, seed, start: 'joined', gossip: { compression: false } },
    isWithoutNotice ? { disabledExtensions: new Set(['suspicion-notices']) } : {},
  );
  const failures = watchFailures(pool);
  for (const rule of streams[one.streams](ratePercent / 100)) pool.addRule(rule);
  await pool.advance(minutes * 60_000);
  await pool[Symbol.asyncDispose]();
  return { verdicts: failures.seen.length, deaths: countDeaths(failures.seen) };
}

/** Verdicts about the same member that are less than this apart are one death. */
const oneDeathMs = 30_000;

function countDeaths(seen: readonly FailureSeen[]): number {
  const lastAtMs = new Map<string, number>();
  let deaths = 0;
  for (const { subject, atMs } of seen) {
    if (atMs - (lastAtMs.get(subject) ?? Number.NEGATIVE_INFINITY) > oneDeathMs) deaths += 1;
    lastAtMs.set(subject, atMs);
  }
  return deaths;
}
