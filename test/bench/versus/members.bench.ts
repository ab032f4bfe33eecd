import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../interop/wait-until.ts';
import { describeMachine, formatTable } from '../measure.ts';
import { writeSection } from '../sim/report.ts';
import { missingPrograms } from './agent-process.ts';
import { MembersPool } from './members-pool.ts';
import { startHobnobTarget, startSerfTarget, type Target } from './members-target.ts';
import { cpuMsOf } from './process-cpu.ts';
import { memoryOf } from './process-memory.ts';
import { ratio } from './ratio.ts';

type Side = 'serf' | 'hobnob';
const sides: readonly Side[] = ['serf', 'hobnob'];
const starts = { serf: startSerfTarget, hobnob: startHobnobTarget } as const;

const sizes = [0, 1_000, 10_000, 20_000] as const;
/** The cost of a member is the slope between these. */
const slope = { from: 1_000, to: 20_000 } as const;
const poolAddress = { host: '127.63.0.1', port: 7946 } as const;
/** Go collects garbage once in two minutes when nothing else makes it. */
const settleMs = 130_000;
const idleMs = 60_000;
const readEveryMs = 5_000;

/** What one process with so many members took. */
interface Figures {
  readonly size: number;
  /** From the push/pull to the last member known. */
  readonly takeInMs: number;
  /** CPU time of a ping whose ack carries updates; 0 without updates. */
  readonly ackUs: number;
  readonly idleMsPerS: number;
  /** The least of several readings. */
  readonly privateMiB: number;
  readonly heapMiB: number;
}

interface Loaded {
  readonly target: Target;
  readonly size: number;
  readonly takeInMs: number;
  readonly ackUs: number;
}

/**
 * Measures what members cost a real serf and ours: both receive the same made-up members in one
 * push/pull, gossip them, and are then left alone with them. About seven minutes.
 */
export async function run(): Promise<void> {
  const missing = missingPrograms();
  if (missing !== undefined) throw new Error(missing);
  process.setMaxListeners(0);
  const pool = await MembersPool.open(poolAddress);
  const loaded: Record<Side, Loaded[]> = { serf: [], hobnob: [] };
  try {
    for (const [index, size] of sizes.entries()) {
      for (const [sideIndex, side] of sides.entries()) {
        const target = await starts[side](`bench-${side}-${size}`, `127.63.${sideIndex + 1}.${index + 1}`);
        loaded[side].push(await load(pool, target, size));
      }
    }
    await delay(settleMs);
    const [serf, hobnob] = await Promise.all(sides.map((side) => Promise.all(loaded[side].map(settled))));
    if (serf === undefined || hobnob === undefined) throw new Error('a side was not measured');
    writeSection('members', report({ serf, hobnob }));
  } finally {
    await Promise.all(
      sides.flatMap((side) => loaded[side].map(({ target }) => target[Symbol.asyncDispose]())),
    );
    await pool[Symbol.asyncDispose]();
  }
}

async function load(pool: MembersPool, target: Target, size: number): Promise<Loaded> {
  const before = await cpuMsOf(target.pid);
  if (size > 0) await pool.introduce(target.address, size);
  await waitUntil(`${target.name} knows all members`, async () => (await target.membersCount()) === size + 1);
  await delay(500);
  const known = await cpuMsOf(target.pid);
  const acks = size === 0 ? 0 : await pool.drain(target.address, target.name);
  const gossiped = await cpuMsOf(target.pid);
  const ackUs = acks === 0 ? 0 : ((gossiped - known) * 1000) / acks;
  return { target, size, takeInMs: known - before, ackUs };
}

async function settled({ target, size, takeInMs, ackUs }: Loaded): Promise<Figures> {
  const readings: number[] = [];
  const before = await cpuMsOf(target.pid);
  for (let ms = 0; ms < idleMs; ms += readEveryMs) {
    await delay(readEveryMs);
    readings.push((await memoryOf(target.pid)).privateMiB);
  }
  const idleMsPerS = ((await cpuMsOf(target.pid)) - before) / (idleMs / 1000);
  const heapMiB = await target.heapMiB();
  if ((await target.membersCount()) !== size + 1) throw new Error(`${target.name} lost a member`);
  return { size, takeInMs, ackUs, idleMsPerS, privateMiB: Math.min(...readings), heapMiB };
}

type Figure = Exclude<keyof Figures, 'size'>;

function report(figures: Readonly<Record<Side, readonly Figures[]>>): string {
  const figureOf = (side: Side, size: number, figure: Figure): number => {
    const found = figures[side].find((row) => row.size === size);
    if (found === undefined) throw new Error(`${side} was not measured with ${size} members`);
    return found[figure];
  };
  const bytesAMember = (side: Side, figure: Figure): number =>
    ((figureOf(side, slope.to, figure) - figureOf(side, slope.from, figure)) * 2 ** 20) /
    (slope.to - slope.from);
  const compared = (label: string, value: (side: Side) => number, digits: number): readonly string[] => [
    label,
    ...sides.map((side) => value(side).toFixed(digits)),
    ratio(value('hobnob'), value('serf')),
  ];
  const rowsOf = (label: string, figure: Figure, digits: number, of: readonly number[] = sizes) =>
    of.map((size) => compared(`${label}, ${size} members`, (side) => figureOf(side, size, figure), digits));
  const most = sizes.slice(-1);
  const header = ['', 'serf 0.10.1', 'Hobnob', 'Hobnob : serf'];
  const rows = [
    compared('**bytes a member, private memory**', (side) => bytesAMember(side, 'privateMiB'), 0),
    compared('**bytes a member, live heap**', (side) => bytesAMember(side, 'heapMiB'), 0),
    ...rowsOf('private, MiB', 'privateMiB', 1),
    ...rowsOf('live heap, MiB', 'heapMiB', 1),
    ...rowsOf('CPU of taking them in, ms', 'takeInMs', 0, sizes.slice(1)),
    ...rowsOf('CPU of an ack with updates, µs', 'ackUs', 1, most),
    ...rowsOf('idle CPU, ms a second', 'idleMsPerS', 2),
  ];
  const note = `A member is the slope from ${slope.from} to ${slope.to} members.`;
  return `${describeMachine()}; one run, all processes at the same time. ${note}\n\n${formatTable(header, rows)}`;
}
