import { formatTable, median, spread } from '../measure.ts';
import type { Side } from './agent-process.ts';
import type { PairMember } from './dev-pair.ts';
import { cpuMsOf } from './process-cpu.ts';
import { ratio } from './ratio.ts';
import { type Load, runWrk } from './wrk.ts';

/** One kind of request, sent to both sides alike. */
export interface LoadCase extends Pick<Load, 'paths' | 'headers' | 'body' | 'status'> {
  readonly name: string;
  /** Instead of those of the schedule. */
  readonly connections?: number;
}

/** What one round of one case gave on one side. */
interface Sample {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly p99Ms: number;
}

export interface LoadSchedule {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

export const loadSchedule: LoadSchedule = { rounds: 3, seconds: 3, connections: 16 };

/** Loads the sides in turn, case by case and round by round, after one round that does not count; a table. */
export async function compareLoads(
  pair: readonly PairMember[],
  cases: readonly LoadCase[],
  { rounds, seconds, connections }: LoadSchedule = loadSchedule,
): Promise<string> {
  const rows: string[][] = [];
  for (const { name, ...load } of cases) {
    const samples: Record<Side, Sample[]> = { consul: [], hobnob: [] };
    for (let round = -1; round < rounds; round += 1) {
      for (const { side, agent } of pair) {
        const before = await cpuMsOf(agent.pid);
        const result = await runWrk({ host: agent.host, connections, ...load, seconds });
        const cpuUs = (((await cpuMsOf(agent.pid)) - before) * 1000) / result.requests;
        if (round >= 0) samples[side].push({ perSecond: result.perSecond, cpuUs, p99Ms: result.p99Ms });
      }
    }
    rows.push(rowOf(name, samples));
  }
  return formatTable(header, rows);
}

const header = [
  'request',
  'Consul, a second',
  'Hobnob',
  'Consul, µs of CPU',
  'Hobnob',
  'least to most',
  'Hobnob : Consul, a CPU second',
  'Consul, p99 ms',
  'Hobnob',
];

function rowOf(name: string, samples: Readonly<Record<Side, readonly Sample[]>>): string[] {
  const of = (side: Side, figure: keyof Sample) => samples[side].map((sample) => sample[figure]);
  const middle = (side: Side, figure: keyof Sample) => median(of(side, figure));
  return [
    name,
    middle('consul', 'perSecond').toFixed(0),
    middle('hobnob', 'perSecond').toFixed(0),
    middle('consul', 'cpuUs').toFixed(0),
    middle('hobnob', 'cpuUs').toFixed(0),
    spread(of('hobnob', 'cpuUs'), 0),
    // As many times the requests for the same CPU time.
    ratio(middle('consul', 'cpuUs'), middle('hobnob', 'cpuUs')),
    middle('consul', 'p99Ms').toFixed(1),
    middle('hobnob', 'p99Ms').toFixed(1),
  ];
}
