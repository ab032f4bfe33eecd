import { equal } from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { describeMachine, formatTable } from '../measure.ts';
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

/** What one side did; the times are those of all watchers together. */
interface Figures {
  readonly moreMiB: number;
  readonly privateMoreMiB: number;
  readonly wokenElsewhere: number;
  readonly writeElsewhereUs: number;
  readonly concerned: number;
  readonly concernedMs: number;
  readonly allMs: number;
  readonly allCpuUs: number;
  readonly afterClosedMiB: number;
  readonly heapMoreMiB: number | undefined;
  readonly heapAfterClosedMiB: number | undefined;
}

const rowsOf: readonly (readonly [keyof Figures, string, number])[] = [
  ['moreMiB', 'resident memory more, MiB', 1],
  ['privateMoreMiB', 'private memory more, MiB', 1],
  ['heapMoreMiB', 'live heap more, MiB', 1],
  ['wokenElsewhere', `answered by ${writesElsewhere} writes elsewhere`, 0],
  ['writeElsewhereUs', 'CPU of such a write, µs', 0],
  ['concerned', 'answered by a write to one of 100 services', 0],
  ['concernedMs', 'from that write to the last of these answers, ms', 0],
  ['allMs', 'all on one service: from the write to the last answer, ms', 0],
  ['allCpuUs', 'CPU of such an answer, µs', 0],
  ['afterClosedMiB', 'resident memory more when all sockets are closed, MiB', 1],
  ['heapAfterClosedMiB', 'live heap more then, MiB', 1],
];

/** Measures 10,000 idle blocking queries on `agent -dev` of both sides, one after the other. */
export async function run(): Promise<void> {
  checkFileLimit();
  await withDevPair(prefix, { inside: true }, async (pair) => {
    const figures: Partial<Record<string, Figures>> = {};
    for (const member of pair) figures[member.side] = await measure(member);
    const { consul, hobnob } = figures;
    if (consul === undefined || hobnob === undefined) throw new Error('a side was not measured');
    const rows = rowsOf.map(([figure, name, digits]) => {
      const [theirs, ours] = [consul[figure], hobnob[figure]];
      const text = (value: number | undefined) => value?.toFixed(digits) ?? '-';
      const share = theirs === undefined || ours === undefined || theirs <= 0 ? '-' : ratio(ours, theirs);
      return [name, text(theirs), text(ours), share];
    });
    const header = [`${watchersCount} blocking queries`, 'Consul', 'Hobnob', 'Hobnob : Consul'];
    process.stdout.write(`${describeMachine()}; one run\n\n${formatTable(header, rows)}`);
  });
}

function checkFileLimit(): void {
  const report = process.report.getReport() as { userLimits?: { open_files?: { hard?: number | string } } };
  const { hard } = report.userLimits?.open_files ?? {};
  if (typeof hard === 'number' && hard < watchersCount + 5_100)
    throw new Error(`ulimit -n is ${hard}: ${watchersCount} connections and Consul's own limit need 15,100`);
}

async function measure(member: PairMember): Promise<Figures> {
  const { agent, caller } = member;
  const write = (service: string, output: string) =>
    put(caller, '/v1/catalog/register', instanceOf('node', service, { output }));
  await eachOf([...services, 'elsewhere'], 8, (service) => write(service, 'first'));
  await delay(settleMs);
  const base = await memory(member);

  const spread = await WatcherCrowd.open(agent.host, await questions(member, services));
  await delay(settleMs);
  equal(spread.answered, 0);
  const full = await memory(member);
  const cpuBefore = await cpuMsOf(agent.pid);
  await eachOf(names('', writesElsewhere), 1, (output) => write('elsewhere', output));
  const writeElsewhereUs = (((await cpuMsOf(agent.pid)) - cpuBefore) * 1000) / writesElsewhere;
  const wokenElsewhere = spread.answered;
  const writtenAtMs = performance.now();
  await write('watched-7', 'second');
  const concernedMs = (await spread.untilAnswered(watchersCount / services.length)) - writtenAtMs;
  const concerned = spread.answered;
  await spread.close();

  const one = await WatcherCrowd.open(agent.host, await questions(member, ['watched-9']));
  await delay(settleMs);
  const cpuBeforeAll = await cpuMsOf(agent.pid);
  const allWrittenAtMs = performance.now();
  await write('watched-9', 'second');
  const allMs = (await one.untilAnswered(watchersCount)) - allWrittenAtMs;
  const allCpuUs = (((await cpuMsOf(agent.pid)) - cpuBeforeAll) * 1000) / watchersCount;
  await one.close();
  await delay(settleMs);
  const after = await memory(member);
  const heapMore = ({ heapMiB }: Memory) =>
    heapMiB === undefined || base.heapMiB === undefined ? undefined : heapMiB - base.heapMiB;
  return {
    moreMiB: full.rssMiB - base.rssMiB,
    privateMoreMiB: full.privateMiB - base.privateMiB,
    wokenElsewhere,
    writeElsewhereUs,
    concerned,
    concernedMs,
    allMs,
    allCpuUs,
    afterClosedMiB: after.rssMiB - base.rssMiB,
    heapMoreMiB: heapMore(full),
    heapAfterClosedMiB: heapMore(after),
  };
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

interface Memory {
  readonly rssMiB: number;
  readonly privateMiB: number;
  readonly heapMiB: number | undefined;
}

/** Resident memory first: the reading of the heap collects garbage. */
async function memory({ side, agent }: PairMember): Promise<Memory> {
  const { rssMiB, privateMiB } = await memoryOf(agent.pid);
  const heapMiB = side === 'hobnob' ? (await agent.inside()).heapMiB : undefined;
  return { rssMiB, privateMiB, heapMiB };
}
