import { cpus, totalmem } from 'node:os';
import { Bench } from 'tinybench';

/** One thing to measure, next to others that do comparable work. */
export interface BenchCase {
  readonly name: string;
  /** Makes what one run uses up; its time does not count. Called before every run. */
  readonly prepare?: () => void;
  readonly run: () => void;
}

/** What the runs of one case took. */
export interface CaseResult {
  readonly name: string;
  readonly wallMs: readonly number[];
  /** User and system time of the whole process, its collector's threads included. */
  readonly cpuMs: readonly number[];
}

export interface MeasureOptions {
  /** All cases run in each round, in turn, so that a noisy moment hits all of them alike. */
  readonly rounds: number;
  /** How often a case runs in its turn. */
  readonly runsInTurn: number;
  /** Rounds before those that count, for the compiler to settle. */
  readonly warmupRounds: number;
}

/** Runs all cases in turn, round after round (A B A B), and keeps every sample. */
export async function measureInTurn(
  cases: readonly BenchCase[],
  { rounds, runsInTurn, warmupRounds }: MeasureOptions,
): Promise<readonly CaseResult[]> {
  const results = cases.map(({ name }) => ({ name, wallMs: [] as number[], cpuMs: [] as number[] }));
  for (let round = -warmupRounds; round < rounds; round += 1) {
    const samples = await measureOnce(cases, runsInTurn);
    if (round < 0) continue;
    for (const [index, { wallMs, cpuMs }] of samples.entries()) {
      results[index]?.wallMs.push(...wallMs);
      results[index]?.cpuMs.push(...cpuMs);
    }
  }
  return results;
}

async function measureOnce(
  cases: readonly BenchCase[],
  iterations: number,
): Promise<readonly Pick<CaseResult, 'wallMs' | 'cpuMs'>[]> {
  const bench = new Bench({ iterations, time: 0, warmup: false, throws: true, retainSamples: true });
  const cpuMs: number[][] = cases.map(() => []);
  for (const [index, { name, prepare, run }] of cases.entries()) {
    let before = process.cpuUsage();
    bench.add(name, run, {
      beforeEach: () => {
        prepare?.();
        before = process.cpuUsage();
      },
      afterEach: () => {
        const { user, system } = process.cpuUsage(before);
        cpuMs[index]?.push((user + system) / 1000);
      },
    });
  }
  // Not `run`: that calls every function once more, to learn whether it is asynchronous.
  bench.runSync();
  return bench.tasks.map(({ name, result }, index) => {
    if (result.state !== 'completed') throw new Error(`${name} is ${result.state}`);
    return { wallMs: result.latency.samples ?? [], cpuMs: cpuMs[index] ?? [] };
  });
}

/** The middle value; of an even number the mean of the two in the middle. @throws Error without values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[sorted.length >> 1];
  const low = sorted[(sorted.length - 1) >> 1];
  if (high === undefined || low === undefined) throw new Error('the median of nothing');
  return (low + high) / 2;
}

/** `least to most`, rounded to `digits`. */
export function spread(values: readonly number[], digits = 1): string {
  return `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`;
}

/** Where this runs; every figure is quoted with it. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${gib} GiB, ${process.platform}, Node ${process.version}`;
}

/** A Markdown table. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return line(header) + line(rule) + rows.map(line).join('');
}
