import { equal } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../interop/wait-until.ts';
import { describeMachine, formatTable } from '../measure.ts';
import type { Side } from './agent-process.ts';
import { eachOf, get, type PairMember, put, withDevPair } from './dev-pair.ts';
import { cpuMsOf } from './process-cpu.ts';
import { memoryOf } from './process-memory.ts';
import { ratio } from './ratio.ts';
import { names } from './registrations.ts';

const prefix = '127.29.15';
const target = { host: `${prefix}.9`, port: 8080 } as const;
const services = names('service', 1_000);
const kinds = ['TTL', 'TCP', 'HTTP'] as const;
const intervalS = 10;
const idleS = 30;

interface Figures {
  readonly registeredMs: number;
  readonly registrationUs: number;
  readonly ttlUs: number;
  readonly idleMsPerS: number;
  readonly httpChecksPerS: number;
  readonly privateMiB: number;
}

const rowsOf: readonly (readonly [keyof Figures, string, number])[] = [
  ['registeredMs', 'all registered, ms', 0],
  ['registrationUs', 'CPU of a registration, µs', 0],
  ['ttlUs', 'CPU of a TTL check that is passed, µs', 0],
  ['idleMsPerS', 'CPU with all checks running, ms a second', 1],
  ['httpChecksPerS', 'HTTP checks that came, a second', 1],
  ['privateMiB', 'private memory then, MiB', 1],
];

/**
 * Registers 1,000 services with the agent, a third each with a TTL, a TCP and an HTTP check every 10 s, and measures
 * what that and the running checks take on `agent -dev` of both sides.
 */
export async function run(): Promise<void> {
  const checked = new CheckedServer();
  await checked.listen();
  try {
    await withDevPair(prefix, {}, async (pair) => {
      const figures: Partial<Record<Side, Figures>> = {};
      for (const member of pair) figures[member.side] = await measure(member, checked);
      const { consul, hobnob } = figures;
      if (consul === undefined || hobnob === undefined) throw new Error('a side was not measured');
      const rows = rowsOf.map(([figure, name, digits]) => [
        name,
        consul[figure].toFixed(digits),
        hobnob[figure].toFixed(digits),
        ratio(hobnob[figure], consul[figure]),
      ]);
      const header = [`${services.length} services of the agent`, 'Consul', 'Hobnob', 'Hobnob : Consul'];
      process.stdout.write(`${describeMachine()}; one run\n\n${formatTable(header, rows)}`);
    });
  } finally {
    await checked.close();
  }
}

async function measure({ side, agent, caller }: PairMember, checked: CheckedServer): Promise<Figures> {
  const before = await cpuMsOf(agent.pid);
  const beganAtMs = performance.now();
  await eachOf(services.entries(), 8, ([index, name]) =>
    put(caller, '/v1/agent/service/register', registrationOf(side, name, index)),
  );
  const registeredMs = performance.now() - beganAtMs;
  const registered = await cpuMsOf(agent.pid);
  const ttlServices = services.filter((_, index) => kindOf(index) === 'TTL');
  await eachOf(ttlServices, 8, (name) => put(caller, `/v1/agent/check/pass/service:${name}`, undefined));
  const passed = await cpuMsOf(agent.pid);
  await waitUntil(
    `all checks of ${agent.name} pass`,
    async () => (await passingCount(caller)) === services.length,
    {
      timeoutMs: 60_000,
      everyMs: 500,
    },
  );
  const requestsBefore = checked.requestsOf(side);
  const idleFrom = await cpuMsOf(agent.pid);
  await delay(idleS * 1000);
  const idleMs = (await cpuMsOf(agent.pid)) - idleFrom;
  const httpChecksPerS = (checked.requestsOf(side) - requestsBefore) / idleS;
  equal(await passingCount(caller), services.length);
  const { privateMiB } = await memoryOf(agent.pid);
  await eachOf(services, 8, (name) => put(caller, `/v1/agent/service/deregister/${name}`, undefined));
  return {
    registeredMs,
    registrationUs: ((registered - before) * 1000) / services.length,
    ttlUs: ((passed - registered) * 1000) / ttlServices.length,
    idleMsPerS: idleMs / idleS,
    httpChecksPerS,
    privateMiB,
  };
}

function kindOf(index: number): (typeof kinds)[number] {
  return kinds[index % kinds.length] ?? 'TTL';
}

function registrationOf(side: Side, name: string, index: number): Record<string, unknown> {
  const { host, port } = target;
  const Interval = `${intervalS}s`;
  const checks = {
    TTL: { TTL: '600s' },
    TCP: { TCP: `${host}:${port}`, Interval },
    HTTP: { HTTP: `http://${host}:${port}/${side}`, Interval },
  };
  return { ID: name, Name: name, Tags: ['v1'], Port: 8000, Check: checks[kindOf(index)] };
}

/** How many checks of the services pass in the catalog. */
async function passingCount(caller: PairMember['caller']): Promise<number> {
  const checks = await get<{ readonly ServiceName: string }[]>(caller, '/v1/health/state/passing');
  return checks.filter(({ ServiceName }) => ServiceName.startsWith('service-')).length;
}

/** What the checks ask, and who asked how often. */
class CheckedServer {
  readonly #requests = new Map<string, number>();
  readonly #server: Server = createServer((request, response) => {
    const side = request.url?.slice(1) ?? '';
    this.#requests.set(side, (this.#requests.get(side) ?? 0) + 1);
    response.end('ok');
  });

  async listen(): Promise<void> {
    this.#server.listen(target.port, target.host);
    await once(this.#server, 'listening');
  }

  requestsOf(side: Side): number {
    return this.#requests.get(side) ?? 0;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
