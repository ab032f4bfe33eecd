import { equal } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { HttpCaller } from '../../support/http-caller.ts';
import { describeMachine, formatTable } from '../measure.ts';
import { AgentProcess, missingPrograms, type Side, sides } from './agent-process.ts';
import { eachOf, get, put } from './dev-pair.ts';
import { filesBelow, sizeBelow } from './disk-usage.ts';
import { readDuring } from './paced-reader.ts';
import { ratio } from './ratio.ts';

const prefix = '127.29.16';
/** Operations of one transaction: Consul takes no more. */
const perTransaction = 64;
const value = Buffer.from('v'.repeat(100)).toString('base64');
const keyOf = (index: number) => `folder-${index % 1000}/key-${index}`;
/** The log takes a snapshot of its own while the bench writes. */
const config = { raft_snapshot_interval: '5s', raft_snapshot_threshold: 1_000 };
const curl = promisify(execFile);

/** One measured quantity: its name, the digits that are shown, and both sides. */
type Figures = Map<string, { readonly digits: number; readonly values: Map<Side, number> }>;

/** Measures a server with a million keys on disk (or as many as are asked for): its fill, its snapshots and its restart, one side after the other. */
export async function run([count = '1000000']: readonly string[]): Promise<void> {
  const missing = missingPrograms();
  if (missing !== undefined) throw new Error(missing);
  const figures: Figures = new Map();
  for (const [index, side] of sides.entries()) {
    const folder = await mkdtemp(join(tmpdir(), 'hobnob-restart-'));
    try {
      await measure(
        { side, host: `${prefix}.${index + 1}`, folder, keys: Number(count) },
        (name, digits, figure) => {
          const row = figures.get(name) ?? { digits, values: new Map<Side, number>() };
          figures.set(name, row);
          row.values.set(side, figure);
        },
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const rows = [...figures].map(([name, { digits, values }]) => {
    const [consul, hobnob] = sides.map((side) => values.get(side));
    return [
      name,
      consul?.toFixed(digits) ?? '-',
      hobnob?.toFixed(digits) ?? '-',
      values.size === sides.length ? ratio(hobnob ?? Number.NaN, consul ?? Number.NaN) : '-',
    ];
  });
  process.stdout.write(
    `${describeMachine()}; one run, one side after the other\n\n` +
      formatTable([`${count} keys of 100 bytes`, 'Consul', 'Hobnob', 'Hobnob : Consul'], rows),
  );
}

interface Subject {
  readonly side: Side;
  readonly host: string;
  readonly folder: string;
  readonly keys: number;
}

type Note = (name: string, digits: number, figure: number) => void;

async function measure(subject: Subject, note: Note): Promise<void> {
  const first = await startServer(subject);
  const caller = new HttpCaller(subject.host, 8500, { timeoutMs: 120_000 });
  try {
    await untilRight(first, '/v1/status/leader', (body) => body.length > 4);
    await fill(subject, first, caller, note);
    await pauses(subject, first, caller, note);
  } finally {
    caller.close();
    // Without warning: what is acknowledged is on disk.
    await first.dispose();
  }
  note('data on disk then, MB', 0, await sizeBelow(join(subject.folder, 'data')));
  await restart(subject, note);
}

function startServer({ side, host, folder }: Subject): Promise<AgentProcess> {
  const data = { data_dir: join(folder, 'data') };
  return AgentProcess.start(side, {
    name: 'bench',
    host,
    server: true,
    inside: side === 'hobnob',
    config: { ...config, ...data },
  });
}

async function fill({ keys }: Subject, agent: AgentProcess, caller: HttpCaller, note: Note): Promise<void> {
  const before = await agent.figures();
  const startedAtMs = performance.now();
  const starts = Array.from({ length: Math.ceil(keys / perTransaction) }, (_, at) => at * perTransaction);
  await eachOf(starts, 16, async (start) => {
    const length = Math.min(perTransaction, keys - start);
    const body = Array.from({ length }, (_, at) => ({
      KV: { Verb: 'set', Key: keyOf(start + at), Value: value },
    }));
    await put(caller, '/v1/txn', body);
  });
  note('filled by transactions of 64, s', 1, (performance.now() - startedAtMs) / 1000);
  const after = await agent.figures();
  note('CPU of one key, µs', 1, ((after.cpuMs - before.cpuMs) * 1000) / keys);
  note('resident then, MiB', 0, after.rssMiB);
}

/** Reads a hundred times a second: beside nothing, beside a snapshot for people, and beside one of the log. */
async function pauses(
  { side, host, keys, folder }: Subject,
  agent: AgentProcess,
  caller: HttpCaller,
  note: Note,
): Promise<void> {
  const pathOf = (read: number) => `/v1/kv/${keyOf((read * 7919) % keys)}`;
  const quiet = await readDuring(host, pathOf, delay(10_000));
  note('reads beside nothing: longest, ms', 1, quiet.longestMs);

  // A reading begins the next one.
  if (side === 'hobnob') await agent.inside();
  const before = await agent.figures();
  const download = curl('curl', [
    ...['-sS', '-o', join(folder, 'archive'), '-w', '%{http_code} %{size_download} %{time_total}'],
    `http://${host}:8500/v1/snapshot`,
  ]);
  const beside = await readDuring(host, pathOf, download);
  const [status, bytes, seconds] = (await download).stdout.split(' ').map(Number);
  equal(status, 200);
  note('GET /v1/snapshot, s', 1, seconds ?? Number.NaN);
  note('GET /v1/snapshot, MB', 1, (bytes ?? Number.NaN) / 1e6);
  note('CPU of it, reads included, ms', 0, (await agent.figures()).cpuMs - before.cpuMs);
  note('reads beside it: longest, ms', 1, beside.longestMs);
  note('reads beside it: p99, ms', 1, beside.p99Ms);
  if (side === 'hobnob')
    note('the event loop was held, longest ms', 1, (await agent.inside()).longestBlockMs);

  const own = await readDuring(host, pathOf, untilOwnSnapshot(folder, caller));
  note('reads beside a snapshot of the log and 100 writes at a time: longest, ms', 1, own.longestMs);
  note('the same, p99 ms', 1, own.p99Ms);
  if (side === 'hobnob') {
    const { longestBlockMs } = await agent.inside();
    note('the event loop was held then, longest ms', 1, longestBlockMs);
  }
}

/** Writes until the log has taken a snapshot that began after this call. */
async function untilOwnSnapshot(folder: string, caller: HttpCaller): Promise<void> {
  const startedAtMs = Date.now();
  const deadlineMs = startedAtMs + 180_000;
  while (Date.now() < deadlineMs) {
    await eachOf(Array.from({ length: 100 }).keys(), 16, (write) =>
      put(caller, `/v1/kv/written/${write}`, value),
    );
    const files = await filesBelow(join(folder, 'data'));
    // A snapshot that was under way at the beginning does not count: it is complete within some seconds.
    const isNew = files.some(
      ({ path, changedMs }) =>
        path.includes('snapshot') && !path.includes('.tmp') && changedMs > startedAtMs + 15_000,
    );
    if (isNew) return;
    await delay(100);
  }
  throw new Error('the log took no snapshot within 180 s');
}

async function restart(subject: Subject, note: Note): Promise<void> {
  const agent = await startServer(subject);
  try {
    const lastKey = `/v1/kv/${keyOf(subject.keys - 1)}`;
    const path = `/v1/kv/folder-0/?keys&consistent`;
    const answeredAtMs = await untilRight(agent, lastKey, (body) => body.includes(value));
    note('restart to the first right answer, s', 2, (answeredAtMs - agent.startedAtMs) / 1000);
    const figures = await agent.figures();
    note('CPU used until then, s', 2, figures.cpuMs / 1000);
    note('resident then, MiB', 0, figures.rssMiB);
    const caller = new HttpCaller(subject.host, 8500);
    try {
      equal((await get<unknown[]>(caller, path)).length, Math.ceil(subject.keys / 1000));
    } finally {
      caller.close();
    }
  } finally {
    await agent.dispose();
  }
}

/** When the answer was right for the first time, on the clock of `performance`. */
async function untilRight(
  agent: AgentProcess,
  path: string,
  isRight: (body: string) => boolean,
): Promise<number> {
  const deadlineMs = performance.now() + 180_000;
  while (performance.now() < deadlineMs) {
    const answer = await fetch(`http://${agent.host}:8500${path}`).catch(() => undefined);
    const body = await answer?.text();
    if (answer?.status === 200 && isRight(body ?? '')) return performance.now();
    await delay(10);
  }
  throw new Error(`${agent.name} does not answer ${path} as it should`);
}
