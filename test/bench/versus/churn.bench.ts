import { equal } from 'node:assert/strict';
import { HttpCaller } from '../../support/http-caller.ts';
import { describeMachine, formatTable, median, spread } from '../measure.ts';
import type { Side } from './agent-process.ts';
import { ChangeWriter } from './change-writer.ts';
import { type PairMember, put, withDevPair } from './dev-pair.ts';
import { cpuMsOf } from './process-cpu.ts';
import { percentile99, ratio } from './ratio.ts';
import { instanceOf, names } from './registrations.ts';
import { type Load, runWrk } from './wrk.ts';

const prefix = '127.29.13';
const services = names('changing', 1_000);
const changes = { services, watched: 16, changesPerSecond: 200 } as const;
const rounds = 3;
const load = { connections: 4, seconds: 8 } as const;

const reads: readonly (Pick<Load, 'paths'> & { readonly name: string })[] = [
  { name: 'a service that does not change', paths: ['/v1/health/service/web?passing'] },
  {
    name: 'the changing services in turn',
    paths: services.map((name) => `/v1/health/service/${name}?passing`),
  },
  { name: 'all services', paths: ['/v1/catalog/services'] },
];

/** One round of one kind of read on one side. */
interface Sample {
  readonly perSecond: number;
  readonly changesPerSecond: number;
  readonly readP99Ms: number;
  readonly writeP99Ms: number;
  readonly watcherMs: number;
  readonly watcherP99Ms: number;
  /** CPU time of the agent for a read and the share of changes that came with it. */
  readonly cpuUs: number;
}

const figures: readonly (readonly [keyof Sample, string, number])[] = [
  ['perSecond', 'reads a second', 0],
  ['changesPerSecond', 'changes a second', 0],
  ['cpuUs', 'CPU of a read, changes included, µs', 0],
  ['readP99Ms', 'p99 of a read, ms', 1],
  ['writeP99Ms', 'p99 of a change, ms', 1],
  ['watcherMs', 'from a change to its watcher, median ms', 1],
  ['watcherP99Ms', 'the same, p99 ms', 1],
];

/** Measures reads, changes and watchers while the checks of 1,000 services keep changing, on both sides in turn. */
export async function run(): Promise<void> {
  await withDevPair(prefix, {}, async (pair) => {
    const subjects = await Promise.all(pair.map(prepare));
    try {
      const rows: string[][] = [];
      for (const read of reads) {
        const samples: Record<Side, Sample[]> = { consul: [], hobnob: [] };
        for (let round = -1; round < rounds; round += 1) {
          for (const subject of subjects) {
            const sample = await measure(subject, read.paths);
            if (round >= 0) samples[subject.side].push(sample);
          }
        }
        rows.push(...rowsOf(read.name, samples));
      }
      const header = ['', 'Consul', 'least to most', 'Hobnob', 'least to most', 'Hobnob : Consul'];
      process.stdout.write(
        `${describeMachine()}; median of ${rounds} rounds of ${load.seconds} s in turn, ${changes.changesPerSecond} ` +
          `changes a second, ${load.connections} connections that read, ${changes.watched} that watch\n\n` +
          formatTable(header, rows),
      );
    } finally {
      for (const { watchCaller } of subjects) watchCaller.close();
    }
  });
}

interface Subject extends PairMember {
  readonly watchCaller: HttpCaller;
  readonly writer: ChangeWriter;
}

async function prepare(member: PairMember): Promise<Subject> {
  const watchCaller = new HttpCaller(member.agent.host, 8500);
  const writer = new ChangeWriter(member.caller, watchCaller, changes);
  for (const node of names('node', 5))
    await put(member.caller, '/v1/catalog/register', instanceOf(node, 'web'));
  await writer.fill();
  equal(await writer.count(), services.length);
  return { ...member, watchCaller, writer };
}

async function measure({ agent, writer }: Subject, paths: readonly string[]): Promise<Sample> {
  const before = await cpuMsOf(agent.pid);
  const reading = runWrk({ host: agent.host, paths, ...load });
  const { writeMs, watcherMs, perSecond: changesPerSecond } = await writer.during(reading);
  const { requests, perSecond, p99Ms } = await reading;
  return {
    perSecond,
    changesPerSecond,
    readP99Ms: p99Ms,
    writeP99Ms: percentile99(writeMs),
    watcherMs: median(watcherMs),
    watcherP99Ms: percentile99(watcherMs),
    cpuUs: (((await cpuMsOf(agent.pid)) - before) * 1000) / requests,
  };
}

function rowsOf(read: string, samples: Readonly<Record<Side, readonly Sample[]>>): string[][] {
  return figures.map(([figure, name, digits]) => {
    const values = (side: Side) => samples[side].map((sample) => sample[figure]);
    return [
      `${read}: ${name}`,
      ...(['consul', 'hobnob'] as const).flatMap((side) => [
        median(values(side)).toFixed(digits),
        spread(values(side), digits),
      ]),
      ratio(median(values('hobnob')), median(values('consul'))),
    ];
  });
}
