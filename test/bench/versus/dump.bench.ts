import { equal } from 'node:assert/strict';
import { describeMachine, formatTable, median } from '../measure.ts';
import { numberFlag } from '../sim/report.ts';
import type { Side } from './agent-process.ts';
import { eachOf, get, type PairMember, put, withDevPair } from './dev-pair.ts';
import { type DumpResult, readDumps } from './dump-load.ts';
import { Pinger, type PingTimes } from './pinger.ts';
import { cpuMsOf } from './process-cpu.ts';
import { memoryOf } from './process-memory.ts';
import { ratio } from './ratio.ts';
import { instanceOf, names } from './registrations.ts';

const prefix = '127.29.14';
const nodesDefault = 5_000;
const instancesOfNode = 10;
const servicesCount = 1_000;
const load = { count: 6, atOnce: 2 } as const;
const gzip = { 'Accept-Encoding': 'gzip' } as const;
const paths = ['/v1/catalog/nodes', '/v1/internal/ui/nodes', '/v1/health/state/any'] as const;
const lateMs = 200;

/** One dump on one side. */
interface Figures {
  readonly dumps: DumpResult;
  readonly cpuMs: number;
  readonly pings: PingTimes;
  /** Ours only. */
  readonly longestBlockMs: number | undefined;
}

/**
 * Measures dumps of 5,000 nodes with 50,000 instances under load, and how long pings of the gossip wait meanwhile, on
 * `agent -dev` of both sides. `--nodes=1000` takes fewer.
 */
export async function run(args: readonly string[]): Promise<void> {
  const nodesCount = numberFlag(args, 'nodes', nodesDefault);
  process.setMaxListeners(0);
  await withDevPair(prefix, { inside: true }, async (pair) => {
    const rows: string[][] = [];
    const cases = [
      ...paths.map((path) => ({ path, headers: {} })),
      { path: '/v1/health/state/any', headers: gzip },
    ];
    const filled = new Map<Side, string>();
    await Promise.all(pair.map(async (member) => filled.set(member.side, await fill(member, nodesCount))));
    for (const { path, headers } of cases) {
      const figures: Figures[] = [];
      for (const [index, member] of pair.entries())
        figures.push(await measure(member, `${prefix}.${index + 11}`, path, headers));
      rows.push(...rowsOf(headers === gzip ? `${path}, gzip` : path, figures));
    }
    const header = ['', 'Consul', 'Hobnob', 'Hobnob : Consul'];
    const what = `${nodesCount} nodes, ${nodesCount * instancesOfNode} instances, ${load.count} dumps, ${load.atOnce} at a time`;
    process.stdout.write(
      `${describeMachine()}; ${what}\n\n${formatTable(header, rows)}\n` +
        `filled: Consul ${filled.get('consul')}; Hobnob ${filled.get('hobnob')}\n`,
    );
  });
}

/** Registers all, and says what it took. */
async function fill({ caller, agent }: PairMember, nodesCount: number): Promise<string> {
  const nodes = names('node', nodesCount);
  const before = await cpuMsOf(agent.pid);
  const beganAtMs = performance.now();
  await eachOf(bodies(nodes), 16, (body) => put(caller, '/v1/catalog/register', body));
  const seconds = (performance.now() - beganAtMs) / 1000;
  const cpuUs = (((await cpuMsOf(agent.pid)) - before) * 1000) / (nodesCount * instancesOfNode);
  equal((await get<unknown[]>(caller, '/v1/catalog/nodes')).length, nodesCount + 1);
  const checks = await get<{ readonly Node: string }[]>(caller, '/v1/health/state/any');
  equal(checks.filter(({ Node }) => Node.startsWith('node-')).length, nodesCount * (instancesOfNode + 1));
  const { rssMiB } = await memoryOf(agent.pid);
  return `${seconds.toFixed(0)} s, ${cpuUs.toFixed(0)} µs of CPU a registration, then ${rssMiB.toFixed(0)} MiB resident`;
}

function* bodies(nodes: readonly string[]): Generator<Record<string, unknown>> {
  let made = 0;
  for (const node of nodes) {
    for (let slot = 0; slot < instancesOfNode; slot += 1) {
      yield instanceOf(node, `service-${made % servicesCount}`);
      made += 1;
    }
  }
}

async function measure(
  member: PairMember,
  pingerHost: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Figures> {
  const pinger = await Pinger.open(pingerHost, member.agent.host);
  try {
    return await measureWith(pinger, member, path, headers);
  } finally {
    await pinger.close();
  }
}

async function measureWith(
  pinger: Pinger,
  { side, agent }: PairMember,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Figures> {
  if (side === 'hobnob') await agent.inside();
  const before = await cpuMsOf(agent.pid);
  const loading = readDumps({ host: agent.host, path, headers, ...load });
  const pings = await pinger.during(loading);
  const dumps = await loading;
  const cpuMs = ((await cpuMsOf(agent.pid)) - before) / load.count;
  const longestBlockMs = side === 'hobnob' ? (await agent.inside()).longestBlockMs : undefined;
  return { dumps, cpuMs, pings, longestBlockMs };
}

const rowKinds: readonly (readonly [string, (figures: Figures) => number | undefined, number])[] = [
  ['time of one, median ms', ({ dumps }) => median(dumps.ms), 0],
  ['MB of one', ({ dumps }) => dumps.bytes / 1e6, 1],
  ['CPU of one, ms', ({ cpuMs }) => cpuMs, 0],
  ['longest ping, ms', ({ pings }) => Math.max(...pings.roundTripMs), 0],
  ['p99 of pings, ms', ({ pings }) => nearestRank(pings.roundTripMs, 0.99), 1],
  [
    `pings unanswered or later than ${lateMs} ms`,
    ({ pings }) => pings.sent - pings.roundTripMs.filter((ms) => ms <= lateMs).length,
    0,
  ],
  ['pings', ({ pings }) => pings.sent, 0],
  ['event loop held, longest ms', ({ longestBlockMs }) => longestBlockMs, 0],
];

function rowsOf(dump: string, [consul, hobnob]: readonly Figures[]): string[][] {
  return rowKinds.map(([name, figure, digits]) => {
    const theirs = consul && figure(consul);
    const ours = hobnob && figure(hobnob);
    const share = theirs === undefined || ours === undefined || theirs === 0 ? '-' : ratio(ours, theirs);
    return [`${dump}: ${name}`, theirs?.toFixed(digits) ?? '-', ours?.toFixed(digits) ?? '-', share];
  });
}

function nearestRank(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;
}
