import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '../../interop/wait-until.ts';
import { describeMachine, formatTable } from '../measure.ts';
import type { Side } from './agent-process.ts';
import { get, type PairMember, put, withDevPair } from './dev-pair.ts';
import { cpuMsOf } from './process-cpu.ts';
import { ratio } from './ratio.ts';
import { names } from './registrations.ts';

const services = names('service', 1_000);
const rounds = 5;

interface Figures {
  readonly startCpuMs: number;
  readonly sameMs: number;
  readonly sameCpuMs: number;
  readonly oneMs: number;
  readonly allMs: number;
  readonly allCpuMs: number;
}

const rowsOf: readonly (readonly [keyof Figures, string])[] = [
  ['startCpuMs', 'CPU of the start until all are in the catalog, ms'],
  ['sameMs', 'reload, nothing changed, ms'],
  ['sameCpuMs', 'CPU of it, ms'],
  ['oneMs', 'reload, one port changed, ms until the catalog has it'],
  ['allMs', 'reload, all ports changed, ms until the catalog has them'],
  ['allCpuMs', 'CPU of it, ms'],
];

/**
 * 1,000 services, each with a TTL check, stand in the configuration of `agent -dev` of both sides: its start, and reloads with
 * nothing, one or all of them changed. Medians of five reloads.
 */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hobnob-definitions-'));
  try {
    const file = (side: Side): string => join(folder, `${side}.json`);
    for (const side of ['consul', 'hobnob'] as const) await writeFile(file(side), definitions(8000, 8000));
    await withDevPair('127.29.16', { configFile: file }, async (pair) => {
      const figures: Partial<Record<Side, Figures>> = {};
      const starts = new Map<Side, number>();
      for (const member of pair) starts.set(member.side, await startCpuMs(member));
      for (const member of pair) {
        const reloads = await measure(member, file(member.side));
        figures[member.side] = { startCpuMs: starts.get(member.side) ?? 0, ...reloads };
      }
      const { consul, hobnob } = figures;
      if (consul === undefined || hobnob === undefined) throw new Error('a side was not measured');
      const rows = rowsOf.map(([figure, name]) => [
        name,
        consul[figure].toFixed(0),
        hobnob[figure].toFixed(0),
        ratio(hobnob[figure], consul[figure]),
      ]);
      const header = [
        `${services.length} services in the configuration`,
        'Consul',
        'Hobnob',
        'Hobnob : Consul',
      ];
      process.stdout.write(`${describeMachine()}\n\n${formatTable(header, rows)}`);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first service has a port of its own. */
function definitions(first: number, others: number): string {
  const defined = services.map((name, index) => ({
    name,
    port: index === 0 ? first : others,
    tags: ['v1', 'blue'],
    check: { ttl: '600s', status: 'passing' },
  }));
  return JSON.stringify({ services: defined });
}

/** The ports of the services that the catalog has. */
async function registered(caller: PairMember['caller']): Promise<ReadonlyMap<string, number>> {
  const { Services } = await get<{ readonly Services: Record<string, { readonly Port: number }> }>(
    caller,
    '/v1/catalog/node/bench',
  );
  return new Map(Object.entries(Services).map(([id, { Port }]) => [id, Port]));
}

async function startCpuMs({ agent, caller }: PairMember): Promise<number> {
  // The leader's own service is one more.
  await waitUntil(
    `${agent.name} has all services`,
    async () => (await registered(caller)).size === services.length + 1,
    { timeoutMs: 60_000, everyMs: 50 },
  );
  return cpuMsOf(agent.pid);
}

async function measure({ agent, caller }: PairMember, file: string): Promise<Omit<Figures, 'startCpuMs'>> {
  const until = async (what: string, first: number, last: number): Promise<void> => {
    await waitUntil(
      `${agent.name} has ${what}`,
      async () => {
        const ports = await registered(caller);
        return ports.get(services[0] ?? '') === first && ports.get(services.at(-1) ?? '') === last;
      },
      { timeoutMs: 60_000, everyMs: 5 },
    );
  };
  const reload = async (first: number, others: number): Promise<{ ms: number; cpuMs: number }> => {
    await writeFile(file, definitions(first, others));
    const [cpuBefore, beganMs] = [await cpuMsOf(agent.pid), performance.now()];
    await put(caller, '/v1/agent/reload', undefined);
    await until('what changed', first, others);
    const ms = performance.now() - beganMs;
    return { ms, cpuMs: (await cpuMsOf(agent.pid)) - cpuBefore };
  };
  const several = async (each: (round: number) => Promise<{ ms: number; cpuMs: number }>) => {
    const taken = [];
    for (let round = 1; round <= rounds; round += 1) taken.push(await each(round));
    return {
      ms: median(taken.map(({ ms }) => ms)),
      cpuMs: median(taken.map(({ cpuMs }) => cpuMs)),
    };
  };
  const same = await several(() => reload(8000, 8000));
  const one = await several((round) => reload(8000 + round, 8000));
  const all = await several((round) => reload(9000 + round, 9000 + round));
  return {
    sameMs: same.ms,
    sameCpuMs: same.cpuMs,
    oneMs: one.ms,
    allMs: all.ms,
    allCpuMs: all.cpuMs,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
}
