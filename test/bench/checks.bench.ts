import { ok } from 'node:assert/strict';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { silentLogger, systemClock } from '@hobnob/gossip/runtime';
import { readCheck } from '../../packages/agent/src/checks/definition.ts';
import { CheckDriver } from '../../packages/agent/src/checks/driver.ts';
import type { CheckFields } from '../../packages/agent/src/checks/fields.ts';
import { ProgramThread } from '../../packages/agent/src/programs/program-thread.ts';
import { realCheckRunner } from '../../packages/agent/test/check-runner.ts';
import { startHealthServer } from '../../packages/agent/test/grpc-health-server.ts';
import { describeMachine, formatTable } from './measure.ts';

const checksCount = 5_000;
const interval = 10_000_000_000n;
const measuredMs = 30_000;
const host = '127.28.1.1';

/** What the checks meet, in a thread with an event loop of its own. */
const serverSource = `
  const http = require('node:http');
  const { parentPort } = require('node:worker_threads');
  const server = http.createServer((request, response) => response.end('fine'));
  server.listen(0, '${host}', () => parentPort.postMessage(server.address().port));
`;

/** Measures how long the event loop is kept from other work by thousands of checks, and what one run costs. */
export async function run(): Promise<void> {
  const server = new Worker(serverSource, { eval: true });
  const [port] = await once(server, 'message');
  const grpc = await startHealthServer(host);
  const rows: string[][] = [];
  try {
    for (const kind of ['http', 'tcp', 'grpc', 'script', 'script, this thread', 'none'] as const)
      rows.push(await measure(kind, { http: `${host}:${port}`, grpc: grpc.address }));
  } finally {
    grpc.close();
    await server.terminate();
  }
  process.stdout.write(`${describeMachine()}\n`);
  const header = [
    'checks at 10 s',
    'runs/s',
    'delay p50, ms',
    'p99, ms',
    'longest, ms',
    'CPU a run, us (server too)',
  ];
  process.stdout.write(`${formatTable(header, rows)}\n`);
}

type Kind = keyof typeof counts;

/** Fewer of what takes the most. */
const counts = {
  http: checksCount,
  tcp: checksCount,
  // With a server in the thread of the checks.
  grpc: 1_000,
  script: 500,
  'script, this thread': 500,
  none: 0,
} as const;

interface Targets {
  readonly http: string;
  readonly grpc: string;
}

function fieldsOf(kind: Kind, { http, grpc }: Targets): CheckFields {
  if (kind === 'http') return { HTTP: `http://${http}/health` };
  if (kind === 'grpc') return { GRPC: grpc };
  return kind === 'tcp' ? { TCP: http } : { ScriptArgs: ['/bin/true'] };
}

async function measure(kind: Kind, targets: Targets): Promise<string[]> {
  let runs = 0;
  const thread = new ProgramThread();
  const driver = new CheckDriver({
    clock: systemClock(),
    rng: { next: Math.random },
    logger: silentLogger,
    run:
      kind === 'script' ? realCheckRunner({ runProgram: (...run) => thread.run(...run) }) : realCheckRunner(),
    onResult: (_, { status, output }) => {
      ok(status === 'passing', output);
      runs += 1;
    },
  });
  const fields = fieldsOf(kind, targets);
  for (let n = 0; n < counts[kind]; n += 1) {
    const given = { Name: `c${n}`, Interval: interval, ...fields };
    const { definition } = readCheck(given, { allowsScripts: true });
    ok('intervalMs' in definition);
    driver.set(definition);
  }
  // The first interval compiles the code.
  await delay(10_000);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  runs = 0;
  const cpu = process.cpuUsage();
  delays.enable();
  await delay(measuredMs);
  delays.disable();
  const { user, system } = process.cpuUsage(cpu);
  driver.close();
  await thread.close();
  const ms = (ns: number): string => (ns / 1e6).toFixed(1);
  return [
    `${counts[kind]} ${kind}`,
    ((runs * 1_000) / measuredMs).toFixed(0),
    ms(delays.percentile(50)),
    ms(delays.percentile(99)),
    ms(delays.max),
    runs === 0 ? '' : ((user + system) / runs).toFixed(0),
  ];
}
