import { watchFailures } from '../../../packages/gossip/src/testing/checkers.ts';
import type { TestCluster } from '../../../packages/gossip/src/testing/cluster-interface.ts';
import { createTestCluster } from '../../../packages/gossip/src/testing/create-test-cluster.ts';
import { formatTable } from '../measure.ts';
import { cpuSecondsSince, numberFlag, writePlot, writeSection } from './report.ts';
import { linePlot } from './svg-plot.ts';

interface Row {
  readonly members: number;
  readonly packetsPerS: number;
  readonly bytesPerS: number;
  readonly pushPullBytes: number;
  readonly cpuMsPerS: number;
  readonly speed: number;
  readonly firstS: number;
  readonly spreadS: number;
  readonly joinS: number;
  readonly heapMiB: number;
}

const idleMs = 10_000;
const deathsMax = 5;

/** What a pool costs, and how fast it learns, as it grows. Up to `--members`, default 1,000. */
export async function run(args: readonly string[]): Promise<void> {
  const most = numberFlag(args, 'members', 1000);
  const seed = numberFlag(args, 'seed', 1);
  const rows: Row[] = [];
  for (const members of [10, 30, 100, 300, 500, 1000, 2000].filter((count) => count <= most)) {
    rows.push(await measured(members, seed));
    process.stderr.write(`${members} members: done\n`);
  }
  report(rows, seed);
}

async function measured(members: number, seed: number): Promise<Row> {
  const gossip = { compression: false };
  const pool = await createTestCluster({ nodes: members, seed, start: 'joined', gossip });
  const idle = await idling(pool);
  const heapMiB = process.memoryUsage().heapUsed / 2 ** 20;
  const joinS = await joining(pool);
  const { firstS, spreadS } = await dying(pool);
  await pool[Symbol.asyncDispose]();
  return { members, ...idle, heapMiB, joinS, firstS, spreadS };
}

async function idling(pool: TestCluster) {
  const members = pool.running.length;
  const before = pool.network.stats();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await pool.advance(idleMs);
  const wallS = (performance.now() - startedMs) / 1000;
  const after = pool.network.stats();
  const perMember = (idleMs / 1000) * members;
  const streams = after.streamsDialled - before.streamsDialled;
  return {
    packetsPerS: (after.packetsSent - before.packetsSent) / perMember,
    bytesPerS: (after.packetBytesSent - before.packetBytesSent) / perMember,
    pushPullBytes: streams === 0 ? 0 : (after.streamBytesDelivered - before.streamBytesDelivered) / streams,
    cpuMsPerS: (cpuSecondsSince(cpu) * 1000) / perMember,
    speed: idleMs / 1000 / wallS,
  };
}

/** Seconds from a newcomer's first word until everyone lists it and it lists everyone. */
async function joining(pool: TestCluster): Promise<number> {
  const startMs = pool.clock.nowMs();
  const newcomer = await pool.restart('newcomer', { host: '10.200.0.1' });
  await pool.settle(newcomer.join([pool.addressOf('m1').host]));
  const count = pool.running.length;
  const isKnown = (): boolean =>
    newcomer.members().length === count &&
    pool.running.every((name) => pool.statusSeenBy(name, 'newcomer') === 'alive');
  await pool.advanceUntil(isKnown, 300_000);
  return (pool.clock.nowMs() - startMs) / 1000;
}

/** Kills a few members at once. Returns the mean seconds to the first failure report of each, and from there to the last. */
async function dying(pool: TestCluster): Promise<{ readonly firstS: number; readonly spreadS: number }> {
  const dead = pool.running.slice(-Math.min(deathsMax, Math.floor(pool.running.length / 5)));
  const failures = watchFailures(pool);
  const startMs = pool.clock.nowMs();
  for (const name of dead) pool.crash(name);
  const wanted = dead.length * pool.running.length;
  await pool.advanceUntil(() => failures.seen.length >= wanted, 300_000);
  const times = dead.map((name) =>
    failures.seen.filter(({ subject }) => subject === name).map(({ atMs }) => (atMs - startMs) / 1000),
  );
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    firstS: mean(times.map((each) => Math.min(...each))),
    spreadS: mean(times.map((each) => Math.max(...each) - Math.min(...each))),
  };
}

/** SWIM §3.1: a dead member is first pinged after e/(e-1) rounds on average; here the result of a ping takes the whole round. */
function expectedFirstS(members: number): number {
  const suspicionS = 4 * Math.max(1, Math.log10(members));
  return Math.E / (Math.E - 1) + 1 + suspicionS;
}

/** An epidemic in which every member gossips to 3 others every 0.2 s: its beginning multiplies by 4, its end decays by e^-3. */
function expectedSpreadS(members: number): number {
  return 0.2 * (Math.log(members) / Math.log(4) + Math.log(members) / 3);
}

function report(rows: readonly Row[], seed: number): void {
  const header = [
    'members',
    'first verdict, s',
    'expected',
    'to everyone, s',
    'expected',
    'join, s',
    'packets a member a second',
    'bytes a member a second',
    'bytes a push/pull',
    'CPU, ms a member a second',
    'virtual : real',
    'heap, MiB',
  ];
  const cells = rows.map((row) => [
    String(row.members),
    row.firstS.toFixed(1),
    expectedFirstS(row.members).toFixed(1),
    row.spreadS.toFixed(2),
    expectedSpreadS(row.members).toFixed(2),
    row.joinS.toFixed(1),
    row.packetsPerS.toFixed(2),
    row.bytesPerS.toFixed(0),
    row.pushPullBytes.toFixed(0),
    row.cpuMsPerS.toFixed(2),
    row.speed.toFixed(1),
    row.heapMiB.toFixed(0),
  ]);
  writeSection(
    'scale',
    `Seed ${seed}, one run of each size, at most ${deathsMax} deaths each.\n\n${formatTable(header, cells)}\n![Detection by size](plots/scale.svg)`,
  );
  const series = (label: string, y: (row: Row) => number) => ({
    label,
    points: rows.map((row) => [row.members, y(row)] as const),
  });
  writePlot(
    'scale',
    linePlot({
      title: 'What time a pool takes to learn, by its size',
      x: { label: 'members (log)', scale: 'log' },
      y: { label: 'virtual seconds', scale: 'linear' },
      series: [
        series('first verdict', ({ firstS }) => firstS),
        series('first verdict, expected', ({ members }) => expectedFirstS(members)),
        series('to everyone', ({ spreadS }) => spreadS),
        series('to everyone, expected', ({ members }) => expectedSpreadS(members)),
        series('a join', ({ joinS }) => joinS),
      ],
    }),
  );
}
