import { equal } from 'node:assert/strict';
import { describeMachine } from '../measure.ts';
import { compareLoads, type LoadCase, loadSchedule } from './compare-loads.ts';
import { eachOf, get, type PairMember, put, withDevPair } from './dev-pair.ts';
import { compareKeyWatchers } from './key-watchers.ts';
import { names } from './registrations.ts';

const prefix = '127.29.14';
const keys = names('config/key', 1_000);
/** More than answers are kept for. */
const manyKeys = names('many/key', 20_000);
const folderKeys = names('folder/key', 100);
/** Ends none of what is written with another value: both sides write the same bytes over and over. */
const value = 'v'.repeat(100);
const kilobyte = 'k'.repeat(1024);

const get1000 = keys.map((key) => `/v1/kv/${key}`);
const put1000 = keys.map((key) => `PUT /v1/kv/${key}`);
const hot = '/v1/kv/hot';
const nineAndOne = (read: string) => [...Array.from({ length: 9 }, () => read), `PUT ${read}`];

const reads: readonly LoadCase[] = [
  { name: 'read: one key', paths: [hot] },
  { name: 'read: 1,000 keys in turn', paths: get1000 },
  { name: 'read: 20,000 keys in turn', paths: manyKeys.map((key) => `/v1/kv/${key}`) },
  { name: 'read: one key, raw', paths: [`${hot}?raw`] },
  { name: 'read: 100 keys below a prefix', paths: ['/v1/kv/folder/?recurse'] },
  { name: 'read: names of 100 keys', paths: ['/v1/kv/folder/?keys'] },
  { name: 'read: no such key', paths: ['/v1/kv/absent'], status: 404 },
  { name: 'read: one key, a target never asked before', paths: [`${hot}?n=$N`] },
  { name: 'read: one key, consistent', paths: [`${hot}?consistent`] },
];

const writes: readonly LoadCase[] = [
  { name: 'write: one key', paths: [`PUT ${hot}`], body: value },
  { name: 'write: 1,000 keys in turn', paths: put1000, body: value },
  { name: 'write: 1,000 keys in turn, 1 KiB each', paths: put1000, body: kilobyte },
  { name: 'write: a new key each', paths: ['PUT /v1/kv/new/$N'], body: value },
  // Refused for its index: the answer is `false`, and the log has an entry.
  { name: 'write: cas that fails', paths: [`PUT ${hot}?cas=1`], body: value },
];

const mixed: readonly LoadCase[] = [
  { name: 'mixed: one key, every tenth a write', paths: nineAndOne(hot), body: value },
  {
    name: 'mixed: 1,000 keys, every tenth a write',
    paths: get1000.flatMap((path) => nineAndOne(path)),
    body: value,
  },
];

/** Measures reads and writes of keys on `agent -dev` of both sides: all, or those that have one of `wanted` in their name. */
export async function run(wanted: readonly string[]): Promise<void> {
  const isWanted = (name: string) => wanted.length === 0 || wanted.some((text) => name.includes(text));
  await withDevPair(prefix, {}, async (pair) => {
    await Promise.all(pair.map(fill));
    const loads = await compareLoads(
      pair,
      [...reads, ...writes, ...mixed].filter(({ name }) => isWanted(name)),
    );
    await Promise.all(pair.map(check));
    const watchers = isWanted('watchers') ? `\n${await compareKeyWatchers(pair)}` : '';
    process.stdout.write(
      `${describeMachine()}; median of ${loadSchedule.rounds} rounds of ${loadSchedule.seconds} s in turn, ` +
        `${loadSchedule.connections} connections\n\n${loads}${watchers}`,
    );
  });
}

async function fill(member: PairMember): Promise<void> {
  await eachOf(['hot', ...keys, ...manyKeys, ...folderKeys], 16, (key) =>
    put(member.caller, `/v1/kv/${key}`, value),
  );
  await check(member);
}

/** What was read and written must be there as it was put. */
async function check({ caller }: PairMember): Promise<void> {
  const [entry] = await get<{ Value: string }[]>(caller, hot);
  equal(Buffer.from(entry?.Value ?? '', 'base64').toString(), value);
  equal((await get<unknown[]>(caller, '/v1/kv/folder/?recurse')).length, folderKeys.length);
  equal((await get<unknown[]>(caller, '/v1/kv/config/?keys')).length, keys.length);
}
