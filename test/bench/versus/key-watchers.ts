import { equal } from 'node:assert/strict';
import { HttpCaller } from '../../support/http-caller.ts';
import { formatTable, median } from '../measure.ts';
import type { Side } from './agent-process.ts';
import { type PairMember, put } from './dev-pair.ts';
import { cpuMsOf } from './process-cpu.ts';
import { percentile99, ratio } from './ratio.ts';

const watchersCount = 32;
const writesCount = 300;
const key = '/v1/kv/watched';

interface Wakes {
  /** From a write's begin to the answer of each watcher that shows it, medians and 99th percentiles. */
  readonly medianMs: number;
  readonly p99Ms: number;
  /** From a write's begin to the last of the watchers. */
  readonly lastP99Ms: number;
  /** CPU time of the agent for a write and the answers that it causes. */
  readonly cpuUs: number;
}

const figures: readonly (readonly [keyof Wakes, string, number])[] = [
  ['medianMs', 'from a write to a watcher, median ms', 2],
  ['p99Ms', 'the same, p99 ms', 2],
  ['lastP99Ms', 'from a write to the last watcher, p99 ms', 2],
  ['cpuUs', 'CPU of a write and its answers, µs', 0],
];

/** Writes one key again and again while blocking queries wait for it, on both sides in turn; a table. */
export async function compareKeyWatchers(pair: readonly PairMember[], rounds = 3): Promise<string> {
  const samples: Record<Side, Wakes[]> = { consul: [], hobnob: [] };
  for (let round = -1; round < rounds; round += 1) {
    for (const member of pair) {
      const wakes = await measure(member);
      if (round >= 0) samples[member.side].push(wakes);
    }
  }
  const rows = figures.map(([figure, name, digits]) => {
    const of = (side: Side) => median(samples[side].map((wakes) => wakes[figure]));
    return [
      name,
      of('consul').toFixed(digits),
      of('hobnob').toFixed(digits),
      ratio(of('hobnob'), of('consul')),
    ];
  });
  return formatTable([`${watchersCount} watchers of one key`, 'Consul', 'Hobnob', 'Hobnob : Consul'], rows);
}

async function measure({ agent, caller }: PairMember): Promise<Wakes> {
  const watchCaller = new HttpCaller(agent.host, 8500, { connections: watchersCount });
  try {
    await put(caller, key, 'first');
    let index = (await watchOnce(watchCaller, '')).index;
    const eachMs: number[] = [];
    const lastMs: number[] = [];
    const before = await cpuMsOf(agent.pid);
    for (let write = 0; write < writesCount; write += 1) {
      const value = `write ${write}`;
      const waiting = Array.from({ length: watchersCount }, () => watchOnce(watchCaller, index));
      const beganAtMs = performance.now();
      const [, ...seen] = await Promise.all([put(caller, key, value), ...waiting]);
      for (const answer of seen) {
        equal(Buffer.from(answer.value, 'base64').toString(), value);
        eachMs.push(answer.atMs - beganAtMs);
      }
      lastMs.push(Math.max(...seen.map(({ atMs }) => atMs)) - beganAtMs);
      index = seen[0]?.index ?? '';
    }
    const cpuUs = (((await cpuMsOf(agent.pid)) - before) * 1000) / writesCount;
    return { medianMs: median(eachMs), p99Ms: percentile99(eachMs), lastP99Ms: percentile99(lastMs), cpuUs };
  } finally {
    watchCaller.close();
  }
}

interface Seen {
  readonly index: string;
  readonly value: string;
  readonly atMs: number;
}

async function watchOnce(caller: HttpCaller, index: string): Promise<Seen> {
  const path = `${key}?${index === '' ? '' : `index=${index}&wait=10s`}`;
  const answer = await caller.send({ method: 'GET', path });
  const atMs = performance.now();
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
  const [entry] = JSON.parse(answer.body) as readonly { readonly Value: string }[];
  return { index: answer.headers.get('X-Consul-Index') ?? '', value: entry?.Value ?? '', atMs };
}
