import { describeMachine, formatTable, median, spread } from '../measure.ts';
import { AgentProcess, missingPrograms, type Side, sides } from './agent-process.ts';
import { ratio } from './ratio.ts';

const rounds = 12;
const host = '127.29.3.1';

interface Start {
  readonly answerMs: number;
  readonly cpuMs: number;
}

/** Measures the time from the start of a client agent's process to its first 200 on /v1/agent/self. */
export async function run(): Promise<void> {
  const missing = missingPrograms();
  if (missing !== undefined) throw new Error(missing);
  const starts: Record<Side, Start[]> = { consul: [], hobnob: [] };
  for (let round = -1; round < rounds; round += 1) {
    for (const side of sides) {
      const start = await startOnce(side);
      // The first round only brings the programs into the page cache.
      if (round >= 0) starts[side].push(start);
    }
  }
  const rows = (['answerMs', 'cpuMs'] as const).map((figure) => {
    const values = (side: Side) => starts[side].map((start) => start[figure]);
    return [
      figure === 'answerMs' ? 'first 200 on /v1/agent/self, ms' : 'CPU used until then, ms',
      ...sides.flatMap((side) => [median(values(side)).toFixed(0), spread(values(side), 0)]),
      ratio(median(values('hobnob')), median(values('consul'))),
    ];
  });
  const header = ['process start', 'Consul', 'least to most', 'Hobnob', 'least to most', 'Hobnob : Consul'];
  process.stdout.write(
    `${describeMachine()}; median of ${rounds} rounds in turn\n\n${formatTable(header, rows)}`,
  );
}

async function startOnce(side: Side): Promise<Start> {
  const agent = await AgentProcess.start(side, { name: 'bench-start', host });
  try {
    const answeredAtMs = await agent.untilAnswering('/v1/agent/self');
    const { cpuMs } = await agent.figures();
    return { answerMs: answeredAtMs - agent.startedAtMs, cpuMs };
  } finally {
    await agent.dispose();
  }
}
