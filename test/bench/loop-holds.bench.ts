import { HttpCaller } from '../support/http-caller.ts';
import { type HoldCase, holdCases } from './hold-cases.ts';
import type { HoldTarget } from './hold-requests.ts';
import { describeMachine, formatTable } from './measure.ts';
import { AgentProcess } from './versus/agent-process.ts';
import { put } from './versus/dev-pair.ts';

const host = '127.81.1.1';

/**
 * Measures how long the worst requests hold the event loop of a server that keeps its data on disk: gossip, timers and all
 * other clients wait as long. With words behind it only the cases that have one in their name, in the given order of the
 * list; some use what an earlier one has put.
 */
export async function run(words: readonly string[]): Promise<void> {
  const agent = await AgentProcess.start('hobnob', { name: 'bench', host, server: true, inside: true });
  const caller = new HttpCaller(host, 8500, { timeoutMs: 120_000 });
  try {
    await agent.untilAnswering('/v1/health/state/any?index=1&wait=5s');
    await put(caller, '/v1/catalog/register', { Node: 'holder', Address: '10.1.2.3' });
    const rows: string[][] = [];
    for (const holdCase of holdCases.filter(({ name }) => isAsked(name, words)))
      rows.push(await measure(agent, { host, caller }, holdCase));
    const header = [
      'the request',
      'loop held, ms of processor time',
      'ms on the clock',
      'answered after, ms',
      'live heap then, MiB',
    ];
    process.stdout.write(`${describeMachine()}\n\n${formatTable(header, rows)}`);
  } finally {
    caller.close();
    await agent.dispose();
  }
}

function isAsked(name: string, words: readonly string[]): boolean {
  return words.length === 0 || words.some((word) => name.includes(word));
}

async function measure(
  agent: AgentProcess,
  target: HoldTarget,
  { name, prepare, send, end }: HoldCase,
): Promise<string[]> {
  await prepare?.(target);
  // What was prepared has left garbage, whose collection must not count.
  await agent.inside();
  const beganAtMs = performance.now();
  await send(target);
  const tookMs = performance.now() - beganAtMs;
  const { longestHoldCpuMs, longestBlockMs, heapMiB } = await agent.inside();
  await end?.(target);
  const row = [
    name,
    longestHoldCpuMs.toFixed(0),
    longestBlockMs.toFixed(0),
    tookMs.toFixed(0),
    heapMiB.toFixed(0),
  ];
  process.stderr.write(`${row.join(' | ')}\n`);
  return row;
}
