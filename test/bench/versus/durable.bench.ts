import { equal } from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMachine } from '../measure.ts';
import { compareLoads, type LoadCase, loadSchedule } from './compare-loads.ts';
import { get, type PairMember, withDevPair } from './dev-pair.ts';
import { names } from './registrations.ts';
import { missingForSlowDisk, SlowDisk } from './slow-disk.ts';
import { runWrk } from './wrk.ts';

const prefix = '127.29.15';
const keys = names('config/key', 1_000);
const value = 'v'.repeat(100);
const syncDelayMs = 10;
const paths = keys.map((key) => `PUT /v1/kv/${key}`);

const cases: readonly LoadCase[] = [1, 8, 32, 128].map((connections) => ({
  name: `${connections} connection${connections === 1 ? '' : 's'}`,
  connections,
  paths,
  body: value,
}));

/** Measures writes of keys that are on disk before they are acknowledged, on the disk as it is and on one that syncs slowly. */
export async function run(): Promise<void> {
  const missing = missingForSlowDisk();
  if (missing !== undefined) throw new Error(missing);
  const folder = await mkdtemp(join(tmpdir(), 'hobnob-durable-'));
  try {
    const plain = await measure(folder, '');
    const slow = await measureSlow();
    process.stdout.write(
      `${describeMachine()}; median of ${loadSchedule.rounds} rounds of ${loadSchedule.seconds} s in turn, ` +
        `1,000 keys in turn, ${value.length} bytes each\n\n${plain}\n${slow}`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureSlow(): Promise<string> {
  const disk = await SlowDisk.mount(syncDelayMs);
  try {
    return await measure(disk.path, `, ${syncDelayMs} ms a sync`);
  } finally {
    await disk.dispose();
  }
}

async function measure(dataFolder: string, what: string): Promise<string> {
  let table = '';
  await withDevPair(prefix, { dataFolder }, async (pair) => {
    // Few writes come by one connection: without these ours would be measured while it is being compiled.
    for (const { agent } of pair)
      await runWrk({ host: agent.host, paths, body: value, connections: 128, seconds: 5 });
    table = await compareLoads(
      pair,
      cases.map(({ name, ...load }) => ({ ...load, name: `${name}${what}` })),
    );
    await Promise.all(pair.map(check));
  });
  return table;
}

/** Everything that was written is there. */
async function check({ caller }: PairMember): Promise<void> {
  const found = await get<{ Key: string; Value: string }[]>(caller, '/v1/kv/config/?recurse');
  equal(found.length, keys.length);
  const encoded = Buffer.from(value).toString('base64');
  equal(found.filter(({ Value }) => Value === encoded).length, keys.length);
}
