import { watchFailures } from '../../../packages/gossip/src/testing/checkers.ts';
import { loss, type Rule, streamsOnly, udpOnly } from '../../../packages/gossip/src/testing/fault-rules.ts';
import { createTestCluster } from '../../../packages/gossip/src/testing/test-cluster.ts';
import { formatTable } from '../measure.ts';
import { numberFlag, writePlot, writeSection } from './report.ts';
import { linePlot } from './svg-plot.ts';

interface Streams {
  readonly label: string;
  readonly rulesAt: (rate: number) => readonly Rule[];
}

const streams: readonly Streams[] = [
  { label: 'streams lossless', rulesAt: (rate) => [udpOnly(loss(rate))] },
  { label: 'streams lossy', rulesAt: (rate) => [loss(rate)] },
  { label: 'streams blocked', rulesAt: (rate) => [udpOnly(loss(rate)), streamsOnly(loss(1))] },
];

/** False positives of a healthy pool whose network loses packets; a quarter of an hour at most by default. */
export async function run(args: readonly string[]): Promise<void> {
  const members = numberFlag(args, 'members', 100);
  const minutes = numberFlag(args, 'minutes', 5);
  const seeds = numberFlag(args, 'seeds', 1);
  const only = numberFlag(args, 'rate', -1);
  const rates = only >= 0 ? [only] : [0, 10, 20, 30, 40];
  const counts = new Map<string, number[]>();
  for (const { label, rulesAt } of streams) {
    counts.set(label, []);
    for (const rate of rates) {
      let count = 0;
      for (let seed = 1; seed <= seeds; seed += 1) {
        count += await falsePositives({ members, minutes, seed, rules: rulesAt(rate / 100) });
      }
      counts.get(label)?.push(count);
      process.stderr.write(`${label}, ${rate} % lost: ${count}\n`);
    }
  }
  const rows = streams.map(({ label }) => [label, ...(counts.get(label) ?? []).map(String)]);
  const hours = ((minutes * seeds) / 60).toFixed(2);
  writeSection(
    'loss',
    `${members} members, ${minutes} minutes of virtual time, seeds 1 to ${seeds} (${hours} hours a figure). A false positive is one member's verdict that another has failed; nobody has.\n\n${formatTable(['lost, %', ...rates.map(String)], rows)}\n![False positives by loss](plots/loss.svg)`,
  );
  if (only >= 0) return;
  writePlot(
    'loss',
    linePlot({
      title: `False positives in ${minutes * seeds} minutes among ${members} members`,
      x: { label: 'packets lost, %', scale: 'linear' },
      y: { label: 'false positives (log; 0 not shown)', scale: 'log' },
      series: streams.map(({ label }) => ({
        label,
        points: rates.map((rate, i) => [rate, counts.get(label)?.[i] ?? 0] as const),
      })),
    }),
  );
}

interface Case {
  readonly members: number;
  readonly minutes: number;
  readonly seed: number;
  readonly rules: readonly Rule[];
}

async function falsePositives({ members, minutes, seed, rules }: Case): Promise<number> {
  const pool = await createTestCluster({
    nodes: members,
    seed,
    start: 'joined',
    gossip: { compression: false },
  });
  const failures = watchFailures(pool);
  for (const rule of rules) pool.addRule(rule);
  await pool.advance(minutes * 60_000);
  await pool[Symbol.asyncDispose]();
  return failures.seen.length;
}
