import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../interop/wait-until.ts';
import { describeMachine, formatTable, median, spread } from '../measure.ts';
import { AgentProcess, missingPrograms, type Side, sides } from './agent-process.ts';
import { ratio } from './ratio.ts';

const rounds = 16;
const poolSize = 5;
const pollMs = 25;
/** The rounds of the failure detectors must not be in step with ours. */
const pauseMs = { least: 3_000, most: 5_000 } as const;
const subnets: Readonly<Record<Side, string>> = { consul: '127.29.5', hobnob: '127.29.6' };
const aliveStatus = 1;
const failedStatus = 4;

/** How long after a kill the first and the last of the four survivors showed the member as failed. */
interface Detection {
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * Measures the time from kill -9 to `failed` in a pool of five clients with Consul's default LAN timing: five
 * real ones and five of ours, killed at the same moments.
 */
export async function run(): Promise<void> {
  const missing = missingPrograms();
  if (missing !== undefined) throw new Error(missing);
  // Every process is killed should this one end: one listener for each.
  process.setMaxListeners(0);
  const pools = { consul: new Pool('consul'), hobnob: new Pool('hobnob') };
  const detections: Record<Side, Detection[]> = { consul: [], hobnob: [] };
  try {
    await Promise.all(sides.map((side) => pools[side].fill()));
    for (let round = 0; round < rounds; round += 1) {
      await delay(pauseMs.least + Math.random() * (pauseMs.most - pauseMs.least));
      const victim = round % poolSize;
      const [consul, hobnob] = await Promise.all([pools.consul.kill(victim), pools.hobnob.kill(victim)]);
      detections.consul.push(consul);
      detections.hobnob.push(hobnob);
      await Promise.all(sides.map((side) => pools[side].fill()));
    }
  } finally {
    await Promise.all(sides.map((side) => pools[side].dispose()));
  }
  process.stdout.write(report(detections));
}

function report(detections: Readonly<Record<Side, readonly Detection[]>>): string {
  const rows = (['firstMs', 'lastMs'] as const).map((figure) => {
    const seconds = (side: Side) => detections[side].map((detection) => detection[figure] / 1000);
    return [
      figure === 'firstMs' ? 'the first survivor shows it, s' : 'all four show it, s',
      ...sides.flatMap((side) => [median(seconds(side)).toFixed(2), spread(seconds(side), 2)]),
      ratio(median(seconds('hobnob')), median(seconds('consul'))),
    ];
  });
  const header = [
    'kill -9 to failed',
    'Consul',
    'least to most',
    'Hobnob',
    'least to most',
    'Hobnob : Consul',
  ];
  return `${describeMachine()}; median of ${rounds} kills in each pool of ${poolSize}\n\n${formatTable(header, rows)}`;
}

/** Five clients of one side that know each other. */
class Pool {
  readonly #side: Side;
  readonly #agents = new Map<number, AgentProcess>();

  constructor(side: Side) {
    this.#side = side;
  }

  /** Starts the missing members, and waits until every member lists all as alive. */
  async fill(): Promise<void> {
    for (let index = 0; index < poolSize; index += 1) {
      if (!this.#agents.has(index)) this.#agents.set(index, await this.#start(index));
    }
    await waitUntil(
      `all of ${this.#side} see all alive`,
      async () => {
        const tables = await Promise.all([...this.#agents.values()].map((agent) => agent.members()));
        return tables.every(
          (rows) => rows.filter(({ Status }) => Status === aliveStatus).length === poolSize,
        );
      },
      { timeoutMs: 60_000 },
    );
  }

  /** Kills one and waits until all others show it as failed. */
  async kill(index: number): Promise<Detection> {
    const victim = this.#agents.get(index);
    if (victim === undefined) throw new Error(`there is no agent ${index}`);
    this.#agents.delete(index);
    const killedAtMs = performance.now();
    await victim.kill();
    const seenAtMs = await Promise.all(
      [...this.#agents.values()].map((survivor) => untilFailed(survivor, victim.name)),
    );
    await victim.dispose();
    return { firstMs: Math.min(...seenAtMs) - killedAtMs, lastMs: Math.max(...seenAtMs) - killedAtMs };
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.dispose()));
  }

  async #start(index: number): Promise<AgentProcess> {
    const hosts = Array.from({ length: poolSize }, (_, other) => `${subnets[this.#side]}.${other + 1}`);
    const host = hosts[index] ?? '';
    const retryJoin = hosts.filter((other) => other !== host && this.#agents.size > 0);
    const agent = await AgentProcess.start(this.#side, {
      name: `bench-${this.#side}-${index}`,
      host,
      retryJoin,
    });
    await agent.untilAnswering('/v1/agent/self');
    return agent;
  }
}

async function untilFailed(survivor: AgentProcess, name: string): Promise<number> {
  await waitUntil(
    `${survivor.name} shows ${name} as failed`,
    async () =>
      (await survivor.members()).some(({ Name, Status }) => Name === name && Status === failedStatus),
    { timeoutMs: 60_000, everyMs: pollMs },
  );
  return performance.now();
}
