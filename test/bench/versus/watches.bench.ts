import { equal } from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { describeMachine, formatTable } from '../measure.ts';
import type { Side } from './agent-process.ts';
import { eachOf, type PairMember, put, withDevPair } from './dev-pair.ts';
import { cpuMsOf } from './process-cpu.ts';
import { memoryOf } from './process-memory.ts';
import { ratio } from './ratio.ts';
import { instanceOf, names } from './registrations.ts';
import { WatcherCrowd } from './watcher-crowd.ts';

const prefix = '127.29.12';
const watchersCount = 10_000;
const services = names('watched', 100);
const writesElsewhere = 200;
/** Time for the agent to take all questions in, and for its memory to settle. */
const settleMs = 12_000;

/** Blocking queries for 100 services, and what a write does to them. */
interface SpreadFigures {
  readonly moreMiB: number;
  readonly privateMoreMiB: number;
  readonly heapMoreMiB: number | undefined;
  readonly wokenElsewhere: number;
  readonly writeElsewhereUs: number;
  readonly concerned: number;
  readonly concernedMs: number;
  readonly filesAfterClosed: number;
  readonly afterClosedMiB: number;
  readonly heapAfterClosedMiB: number | undefined;
}

/** As many for one service. */
interface OneFigures {
  readonly allMs: number;
  readonly allCpuUs: number;
}

type Figures = SpreadFigures & OneFigures;

const rowsOf: readonly (readonly [keyof Figures, string, number])[] = [
  ['moreMiB', 'resident memory more, MiB', 1],
  ['privateMoreMiB', 'private memory more, MiB', 1],
  ['heapMoreMiB', 'live heap more, MiB', 1],
  ['wokenElsewhere', `answered by ${writesElsewhere} writes elsewhere`, 0],
  ['writeElsewhereUs', 'CPU of such a write, µs', 0],
  ['concerned', 'answered by a write to one of 100 services', 0],
  ['concernedMs', 'from that write to the last of these answers, ms', 0],
  ['filesAfterClosed', 'files and sockets that are open more when all clients are gone', 0],
  ['afterClosedMiB', 'resident memory more then, MiB', 1],
  ['heapAfterClosedMiB', 'live heap more then, MiB', 1],
  ['allMs', 'all on one service: from the write to the last answer, ms', 0],
  ['allCpuUs', 'CPU of such an answer, µs', 0],
];

/** Measures 10,000 idle blocking queries on `agent -dev` of both sides, one after the other. */
export async function run(): Promise<void> {
  checkFileLimit();
  const figures: Record<Side, Partial<Figures>> = { consul: {}, hobnob: {} };
  const measureWith = async (measure: (member: PairMember) => Promise<Partial<Figures>>) =>
    withDevPair(prefix, { inside: true }, async (pair) => {
      for (const member of pair) Object.assign(figures[member.side], await measure(member));
    });
  await measureWith(measureSpread);
  // New agents: Consul keeps the connections of clients that are gone until their queries end, and refuses others.
  await measureWith(measureOne);
  const rows = rowsOf.map(([figure, name, digits]) => {
    const [theirs, ours] = [figures.consul[figure], figures.hobnob[figure]];
    const text = (value: number | undefined) => value?.toFixed(digits) ?? '-';
    const share = theirs === undefined || ours === undefined || theirs <= 0 ? '-' : ratio(ours, theirs);
    return [name, text(theirs), text(ours), share];
  });
  const header = [`${watchersCount} blocking queries`, 'Consul', 'Hobnob', 'Hobnob : Consul'];
  process.stdout.write(`${describeMachine()}; one run\n\n${formatTable(header, rows)}`);
}

function checkFileLimit(): void {
  const report = process.report.getReport() as { userLimits?: { open_files?: { hard?: number | string } } };
  const { hard } = report.userLimits?.open_files ?? {};
  if (typeof hard === 'number' && hard < watchersCount + 5_100)
    throw new Error(`ulimit -n is ${hard}: ${watchersCount} connections and Consul's own limit need 15,100`);
}

function writeTo({ caller }: PairMember, service: string, output: string): Promise<void> {
  return put(caller, '/v1/catalog/register', instanceOf('node', service, { output }));
}

async function measureSpread(member: PairMember): Promise<SpreadFigures> {
  const { agent } = member;
  await eachOf([...services, 'elsewhere'], 8, (service) => writeTo(member, service, 'first'));
  await delay(settleMs);
  const base = await usage(member);

  const crowd = await WatcherCrowd.open(agent.host, await questions(member, services));
  await delay(settleMs);
  equal(crowd.answered, 0);
  const full = await usage(member);
  const cpuBefore = await cpuMsOf(agent.pid);
  await eachOf(names('', writesElsewhere), 1, (output) => writeTo(member, 'elsewhere', output));
  const writeElsewhereUs = (((await cpuMsOf(agent.pid)) - cpuBefore) * 1000) / writesElsewhere;
  const wokenElsewhere = crowd.answered;
  const writtenAtMs = performance.now();
  await writeTo(member, 'watched-7', 'second');
  const concernedMs = (await crowd.untilAnswered(watchersCount / services.length)) - writtenAtMs;
  const concerned = crowd.answered;
  await crowd.close();
  await delay(settleMs);
  const after = await usage(member);
  const heapMore = ({ heapMiB }: Usage) =>
    heapMiB === undefined || base.heapMiB === undefined ? undefined : heapMiB - base.heapMiB;
  return {
    moreMiB: full.rssMiB - base.rssMiB,
    privateMoreMiB: full.privateMiB - base.privateMiB,
    heapMoreMiB: heapMore(full),
    wokenElsewhere,
    writeElsewhereUs,
    concerned,
    concernedMs,
    filesAfterClosed: after.files - base.files,
    afterClosedMiB: after.rssMiB - base.rssMiB,
    heapAfterClosedMiB: heapMore(after),
  };
}

async function measureOne(member: PairMember): Promise<OneFigures> {
  const { agent } = member;
  await writeTo(member, 'one', 'first');
  const crowd = await WatcherCrowd.open(agent.host, await questions(member, ['one']));
  await delay(settleMs);
  equal(crowd.answered, 0);
  const cpuBefore = await cpuMsOf(agent.pid);
  const writtenAtMs = performance.now();
  await writeTo(member, 'one', 'second');
  const allMs = (await crowd.untilAnswered(watchersCount)) - writtenAtMs;
  const allCpuUs = (((await cpuMsOf(agent.pid)) - cpuBefore) * 1000) / watchersCount;
  await crowd.close();
  return { allMs, allCpuUs };
}

/** One question for each watcher, with the index that each service has now. */
async function questions({ caller }: PairMember, of: readonly string[]): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const service of of) {
    const path = `/v1/health/service/${service}?passing`;
    const answer = await caller.send({ method: 'GET', path });
    const index = answer.headers.get('X-Consul-Index') ?? '';
    for (let i = 0; i < watchersCount / of.length; i += 1) paths.push(`${path}&index=${index}&wait=10m`);
  }
  return paths;
}

interface Usage {
  readonly rssMiB: number;
  readonly privateMiB: number;
  readonly heapMiB: number | undefined;
  /** Open files and sockets. */
  readonly files: number;
}

/** Resident memory first: the reading of the heap collects garbage. */
async function usage({ side, agent }: PairMember): Promise<Usage> {
  const { rssMiB, privateMiB } = await memoryOf(agent.pid);
  const heapMiB = side === 'hobnob' ? (await agent.inside()).heapMiB : undefined;
  const files = (await readdir(`/proc/${agent.pid}/fd`)).length;
  return { rssMiB, privateMiB, heapMiB, files };
}
