import { formatTable } from '../measure.ts';
import { percentile, writePlot, writeSection } from './report.ts';
import { linePlot } from './svg-plot.ts';

/** What was run. */
export interface Grid {
  readonly members: number;
  readonly slowCounts: readonly number[];
  readonly durationMs: readonly number[];
  readonly intervalMs: number;
  readonly lengthMs: number;
  readonly rounds: number;
  /** How many are killed, at least, to see how long that takes to be noticed. */
  readonly deaths: number;
}

/** A pool of which some members were slow. */
export interface Anomalies {
  readonly kind: 'anomalies';
  readonly variant: string;
  readonly slowCount: number;
  readonly durationMs: number;
  readonly falsePositives: number;
  /** Those of members that were never slow. */
  readonly atHealthy: number;
  readonly packets: number;
}

/** A pool of which some members were killed; seconds until the first verdict, and until the last. */
export interface Silence {
  readonly kind: 'silence';
  readonly variant: string;
  readonly firstSeenS: readonly number[];
  readonly everyoneS: readonly number[];
}

interface Report {
  readonly grid: Grid;
  /** The first one is what the others are compared with. */
  readonly variants: readonly string[];
  readonly anomalies: readonly Anomalies[];
  readonly silences: readonly Silence[];
}

/** Writes Lifeguard's experiment: two tables and two plots. */
export function reportLifeguard(report: Report): void {
  const { members, slowCounts, durationMs, intervalMs, lengthMs, rounds } = report.grid;
  const runs = `${rounds} run${rounds > 1 ? 's' : ''} of each case, seeds 1 to ${rounds}`;
  const setting = `${members} members; ${slowCounts.join(', ')} of them slow for ${durationMs.join(', ')} ms at a time, ${intervalMs} ms apart, for ${lengthMs / 1000} s; ${runs}.`;
  const images =
    '![False positives by slow members](plots/lifeguard-slow-members.svg)\n![False positives by duration of the anomalies](plots/lifeguard-anomalies.svg)';
  writeSection(
    'lifeguard',
    [setting, falsePositives(report).trim(), byAnomaly(report).trim(), images, detection(report)].join(
      '\n\n',
    ),
  );
  plotBy(report, {
    name: 'lifeguard-slow-members',
    x: { label: 'slow members', scale: 'linear' },
    values: slowCounts,
    of: ({ slowCount }) => slowCount,
  });
  plotBy(report, {
    name: 'lifeguard-anomalies',
    x: { label: 'duration of an anomaly, s (log)', scale: 'log' },
    values: durationMs.map((ms) => ms / 1000),
    of: ({ durationMs: ms }) => ms / 1000,
  });
}

function falsePositives({ variants, anomalies }: Report): string {
  const base = sumOf(anomalies, variants[0]);
  const rows = variants.map((variant) => {
    const sum = sumOf(anomalies, variant);
    return [
      variant,
      String(sum.falsePositives),
      shareOf(sum.falsePositives, base.falsePositives),
      String(sum.atHealthy),
      shareOf(sum.atHealthy, base.atHealthy),
      (sum.packets / base.packets).toFixed(2),
    ];
  });
  const header = ['', 'FP', '% of SWIM', 'FP at healthy members', '% of SWIM', 'packets : SWIM'];
  return formatTable(header, rows);
}

function byAnomaly({ grid, variants, anomalies }: Report): string {
  const rows = variants.map((variant) => [
    variant,
    ...grid.durationMs.map((ms) => {
      const own = anomalies.filter((one) => one.durationMs === ms);
      return String(sumOf(own, variant).falsePositives);
    }),
  ]);
  return formatTable(['FP by duration of the anomalies, ms', ...grid.durationMs.map(String)], rows);
}

function detection({ variants, silences }: Report): string {
  const shares = [0.5, 0.99, 0.999];
  const rows = variants.map((variant) => {
    const own = silences.filter((silence) => silence.variant === variant);
    const first = own.flatMap(({ firstSeenS }) => firstSeenS);
    const everyone = own.flatMap(({ everyoneS }) => everyoneS);
    return [
      variant,
      ...shares.map((share) => percentile(first, share)),
      ...shares.map((share) => percentile(everyone, share)),
      String(first.length),
    ];
  });
  const columns = ['first: median', '99th', '99.9th', 'everyone: median', '99th', '99.9th', 'deaths'];
  return formatTable(['seconds', ...columns], rows);
}

interface PlotBy {
  readonly name: string;
  readonly x: { readonly label: string; readonly scale: 'linear' | 'log' };
  readonly values: readonly number[];
  readonly of: (anomalies: Anomalies) => number;
}

function plotBy({ grid, variants, anomalies }: Report, { name, x, values, of }: PlotBy): void {
  const sum = (variant: string, value: number): number =>
    sumOf(
      anomalies.filter((one) => of(one) === value),
      variant,
    ).falsePositives;
  writePlot(
    name,
    linePlot({
      title: `False positives among ${grid.members} members`,
      x,
      y: { label: 'false positives (log)', scale: 'counts' },
      series: variants.map((variant) => ({
        label: variant,
        points: values.map((value) => [value, sum(variant, value)] as const),
      })),
    }),
  );
}

function sumOf(anomalies: readonly Anomalies[], variant: string | undefined) {
  const own = anomalies.filter((one) => one.variant === variant);
  const total = (pick: (one: Anomalies) => number): number => own.reduce((sum, one) => sum + pick(one), 0);
  return {
    falsePositives: total(({ falsePositives: count }) => count),
    atHealthy: total(({ atHealthy }) => atHealthy),
    packets: total(({ packets }) => packets),
  };
}

function shareOf(part: number, whole: number): string {
  return whole === 0 ? '-' : ((100 * part) / whole).toFixed(2);
}
