import { expect, test } from 'vitest';
import { startTimers } from '../../test/start-timers.ts';
import type { Outcome } from '../log/command-log.ts';
import { create, TombstoneRequest } from '../records/index.ts';

/** What forgets deletions in time. Source: consensus-and-rpc.md 6.5. */

const ttlMs = 15 * 60_000;
const granularityMs = 30_000;
const busy: Outcome = { kind: 'refused', reason: 'busy' };

async function startTombstones() {
  const started = await startTimers();
  started.timers.start();
  const { state, kvs } = started;
  const tombstones = () => state.tables.tombstones.list('').map(({ key }) => key);
  const setAndDelete = async (key: string) => {
    await kvs('set', key);
    await kvs('delete', key);
  };
  return { ...started, tombstones, setAndDelete };
}

test.each([
  [0, ttlMs],
  [1, ttlMs + granularityMs - 1],
  [29_999, ttlMs + 1],
  [30_000, ttlMs],
])('a deletion %d ms after the start of a granule is forgotten after %d ms', async (atMs, ms) => {
  const { pass, setAndDelete, tombstones, clock } = await startTombstones();
  await pass(atMs);
  await setAndDelete('k');
  await pass(ms - 1);
  expect(tombstones()).toEqual(['k']);
  await pass(1);
  expect(tombstones()).toEqual([]);
  expect(clock.pendingCount).toBe(0);
});

test('the command that forgets names the last index of its granule', async () => {
  const { pass, setAndDelete, proposed } = await startTombstones();
  await setAndDelete('a');
  await setAndDelete('b');
  await pass(ttlMs);
  expect(proposed).toEqual([
    { type: 5, body: create(TombstoneRequest, { Datacenter: 'dc1', Op: 'reap', ReapIndex: 5 }) },
  ]);
});

test('deletions of one granule are forgotten together, and those of the next in their turn', async () => {
  const { pass, setAndDelete, tombstones, proposed } = await startTombstones();
  await pass(1);
  await setAndDelete('a');
  await pass(29_000);
  await setAndDelete('b');
  await pass(1_000);
  await setAndDelete('c');
  await pass(ttlMs - 1);
  expect(tombstones()).toEqual(['c']);
  await pass(granularityMs);
  expect(tombstones()).toEqual([]);
  expect(proposed).toHaveLength(2);
});

test('a key that is deleted again keeps its tombstone as long as the last deletion', async () => {
  const { pass, setAndDelete, tombstones } = await startTombstones();
  await setAndDelete('k');
  await pass(60_000);
  await setAndDelete('k');
  await pass(ttlMs - 1);
  expect(tombstones()).toEqual(['k']);
  await pass(1);
  expect(tombstones()).toEqual([]);
});

test('where nothing is deleted there is no timer', async () => {
  const { kvs, pass, clock, proposed } = await startTombstones();
  await kvs('set', 'k');
  await kvs('delete', 'other');
  await kvs('delete-tree', '');
  expect(clock.pendingCount).toBe(0);
  await pass(2 * ttlMs);
  expect(proposed).toEqual([]);
});

test('a server that begins to lead gives every tombstone its whole time', async () => {
  const { timers, pass, setAndDelete, tombstones } = await startTombstones();
  await setAndDelete('k');
  await pass(10 * 60_000);
  timers.stop();
  timers.start();
  await pass(ttlMs - 1);
  expect(tombstones()).toEqual(['k']);
  await pass(1);
  expect(tombstones()).toEqual([]);
});

test.each([
  ['a log that is busy', async (): Promise<Outcome> => busy, 'refused'],
  ['an error', async (): Promise<Outcome> => Promise.reject(new Error('no disk')), 'Error: no disk'],
])('after %s they are forgotten a whole time later', async (_, answer, problem) => {
  const { pass, setAndDelete, tombstones, answerWith, problems } = await startTombstones();
  await setAndDelete('k');
  answerWith(answer);
  await pass(ttlMs);
  expect(problems).toEqual([`failed to reap tombstones: ${problem}`]);
  expect(tombstones()).toEqual(['k']);
  answerWith();
  await pass(ttlMs);
  expect(tombstones()).toEqual([]);
});

test('what was not forgotten goes with the next granule', async () => {
  const { pass, setAndDelete, tombstones, answerWith } = await startTombstones();
  await setAndDelete('a');
  await pass(granularityMs);
  await setAndDelete('b');
  answerWith(async () => busy);
  await pass(ttlMs - granularityMs);
  answerWith();
  await pass(granularityMs);
  expect(tombstones()).toEqual([]);
});
