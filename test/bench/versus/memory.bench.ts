import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../interop/wait-until.ts';
import { describeMachine, formatTable, median, spread } from '../measure.ts';
import { AgentProcess, missingPrograms, type ProcessFigures, type Side, sides } from './agent-process.ts';
import { ratio } from './ratio.ts';

const rounds = 3;
/** Time to settle after the join, and then to be idle while its CPU time is counted. */
const settleMs = 10_000;
const idleMs = 30_000;
const server = { name: 'bench-server', host: '127.29.4.1', server: true } as const;
const hosts: Readonly<Record<Side, string>> = { consul: '127.29.4.2', hobnob: '127.29.4.3' };

type Idle = Pick<ProcessFigures, 'rssMiB' | 'pssMiB' | 'privateMiB'> & { readonly cpuMsPerMinute: number };

const figures: readonly (readonly [keyof Idle, string])[] = [
  ['rssMiB', 'resident, MiB'],
  ['pssMiB', 'proportional share, MiB'],
  ['privateMiB', 'private, MiB'],
  ['cpuMsPerMinute', 'CPU, ms a minute'],
];

/** Measures what an idle client takes: a real one and ours, at the same time, in the pool of one real server. */
export async function run(): Promise<void> {
  const missing = missingPrograms();
  if (missing !== undefined) throw new Error(missing);
  const results: Record<Side, Idle[]> = { consul: [], hobnob: [] };
  for (let round = 0; round < rounds; round += 1) {
    const idle = await measureRound();
    for (const side of sides) results[side].push(idle[side]);
  }
  const rows = figures.map(([figure, name]) => {
    const values = (side: Side) => results[side].map((idle) => idle[figure]);
    return [
      name,
      ...sides.flatMap((side) => [median(values(side)).toFixed(1), spread(values(side))]),
      ratio(median(values('hobnob')), median(values('consul'))),
    ];
  });
  const header = ['idle client', 'Consul', 'least to most', 'Hobnob', 'least to most', 'Hobnob : Consul'];
  process.stdout.write(`${describeMachine()}; median of ${rounds} rounds\n\n${formatTable(header, rows)}`);
}

async function measureRound(): Promise<Record<Side, Idle>> {
  const started: AgentProcess[] = [];
  const start = async (side: Side, options: Parameters<typeof AgentProcess.start>[1]) => {
    const agent = await AgentProcess.start(side, options);
    started.push(agent);
    return agent;
  };
  try {
    const real = await start('consul', server);
    await real.untilAnswering('/v1/agent/self');
    const join = { retryJoin: [server.host] };
    const consul = await start('consul', { name: 'bench-consul', host: hosts.consul, ...join });
    const hobnob = await start('hobnob', { name: 'bench-hobnob', host: hosts.hobnob, ...join });
    await waitUntil('every member lists three as alive', async () => {
      const tables = await Promise.all(started.map((agent) => agent.members()));
      return tables.every((members) => members.filter(({ Status }) => Status === 1).length === 3);
    });
    await delay(settleMs);
    return await measureIdle({ consul, hobnob });
  } finally {
    await Promise.all(started.map((agent) => agent.dispose()));
  }
}

async function measureIdle(agents: Readonly<Record<Side, AgentProcess>>): Promise<Record<Side, Idle>> {
  const [consul, hobnob] = await Promise.all([agents.consul.figures(), agents.hobnob.figures()]);
  await delay(idleMs);
  const idleSince = async (agent: AgentProcess, before: ProcessFigures): Promise<Idle> => {
    const after = await agent.figures();
    return { ...after, cpuMsPerMinute: ((after.cpuMs - before.cpuMs) * 60_000) / idleMs };
  };
  return {
    consul: await idleSince(agents.consul, consul),
    hobnob: await idleSince(agents.hobnob, hobnob),
  };
}
