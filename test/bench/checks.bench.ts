import { ok } from 'node:assert/strict';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { silentLogger, systemClock } from '@hobnob/gossip/runtime';
import { readCheck } from '../../packages/agent/src/checks/definition.ts';
import { CheckDriver } from '../../packages/agent/src/checks/driver.ts';
import { realCheckRunner } from '../../packages/agent/test/check-runner.ts';
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
  const rows: string[][] = [];
  try {
    for (const kind of ['http', 'tcp', 'none'] as const) rows.push(await measure(kind, `${host}:${port}`));
  } finally {
    await server.terminate();
  }
  process.stdout.write(`${describeMachine()}\n`);
  const header = [
    `${checksCount} checks at 10 s`,
    'runs/s',
    'delay p50, ms',
    'p99, ms',
    'longest, ms',
    'CPU a run, us (the server too)',
  ];
  process.stdout.write(`${formatTable(header, rows)}\n`);
}

async function measure(kind: 'http' | 'tcp' | 'none', address: string): Promise<string[]> {
  let runs = 0;
  const driver = new CheckDriver({
    clock: systemClock(),
    rng: { next: Math.random },
    logger: silentLogger,
    run: realCheckRunner(),
    onResult: (_, { status, output }) => {
      ok(status === 'passing', output);
      runs += 1;
    },
  });
  const fields = kind === 'http' ? { HTTP: `http://${address}/health` } : { TCP: address };
  for (let n = 0; n < (kind === 'none' ? 0 : checksCount); n += 1) {
    const { definition } = readCheck({ Name: `c${n}`, Interval: interval, ...fields });
    ok(definition.kind === 'http' || definition.kind === 'tcp');
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
  const ms = (ns: number): string => (ns / 1e6).toFixed(1);
  return [
    kind,
    ((runs * 1_000) / measuredMs).toFixed(0),
    ms(delays.percentile(50)),
    ms(delays.percentile(99)),
    ms(delays.max),
    runs === 0 ? '' : ((user + system) / runs).toFixed(0),
  ];
}
