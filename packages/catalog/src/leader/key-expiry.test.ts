import { expect, test } from 'vitest';
import { startTimers } from '../../test/start-timers.ts';
import { timeText } from '../go/index.ts';
import type { Outcome } from '../log/command-log.ts';

/** What deletes entries whose time has come. Source: ADR 0032. */

const midnight = Date.UTC(2026, 0, 1);
/** The timers of the tombstones, which deletions leave. */
const tombstoneTimers = 1;
const busy: Outcome = { kind: 'refused', reason: 'busy' };

/** A leader whose wall clock says midnight at the start. */
async function startExpiry() {
  const started = await startTimers();
  started.timers.start();
  const setUntil = (key: string, afterMs: number) =>
    started.kvs('set', key, { ExpiresAt: timeText(midnight + afterMs) });
  return { ...started, setUntil };
}

test.each([1, 1_000, 9_999, 10_000, 10_001, 3_600_000])(
  'an entry ends after %d ms, and not before',
  async (ms) => {
    const { setUntil, pass, keys, clock } = await startExpiry();
    await setUntil('k', ms);
    await pass(ms - 1);
    expect(keys()).toEqual(['k']);
    await pass(1);
    expect(keys()).toEqual([]);
    expect(clock.pendingCount).toBe(tombstoneTimers);
  },
);

test('entries end in the order of their times, each at its own', async () => {
  const { setUntil, pass, keys } = await startExpiry();
  await setUntil('c', 3_000);
  await setUntil('a', 1_000);
  await setUntil('b', 2_000);
  const left: string[][] = [];
  for (let times = 0; times < 3; times += 1) {
    await pass(1_000);
    left.push(keys());
  }
  expect(left).toEqual([['b', 'c'], ['c'], []]);
});

test('an entry that was due before the server started ends at once', async () => {
  const { timers, setUntil, pass, keys } = await startExpiry();
  timers.stop();
  await setUntil('old', -5_000);
  await pass(60_000);
  expect(keys()).toEqual(['old']);
  timers.start();
  await pass(0);
  expect(keys()).toEqual([]);
});

test('an entry that is written again lives as long as the last write says', async () => {
  const { setUntil, kvs, pass, keys, clock } = await startExpiry();
  await setUntil('longer', 1_000);
  await setUntil('longer', 5_000);
  await setUntil('for-ever', 1_000);
  await kvs('set', 'for-ever');
  await pass(4_999);
  expect(keys()).toEqual(['for-ever', 'longer']);
  await pass(1);
  expect(keys()).toEqual(['for-ever']);
  expect(clock.pendingCount).toBe(tombstoneTimers);
});

test('an entry that is written in the moment in which it ends is not deleted', async () => {
  const { setUntil, kvs, pass, keys, answerWith, log } = await startExpiry();
  await setUntil('k', 1_000);
  answerWith(async (command) => {
    await kvs('set', 'k', { Value: Buffer.from('new') });
    return log.propose(command);
  });
  await pass(1_000);
  expect(keys()).toEqual(['k']);
});

test('many that end together are deleted in pieces, so that others may write between', async () => {
  const { setUntil, kvs, pass, keys, proposed, state, log, answerWith } = await startExpiry();
  for (let count = 0; count < 300; count += 1) await setUntil(`k${count}`, 1_000);
  let otherIndex = 0;
  answerWith(async (command) => {
    // Another client writes with the first deletion.
    if (proposed.length === 1) void kvs('set', 'other').then(() => (otherIndex = state.index));
    return log.propose(command);
  });
  const indexBefore = state.index;
  await pass(1_000);
  expect(keys()).toEqual(['other']);
  expect(proposed).toHaveLength(300);
  expect(otherIndex - indexBefore).toBeLessThanOrEqual(129);
});

test('a wall clock that is set forward is seen within ten seconds', async () => {
  const { setUntil, setWallClock, pass, keys } = await startExpiry();
  await setUntil('k', 3_600_000);
  setWallClock(3_600_000);
  await pass(9_999);
  expect(keys()).toEqual(['k']);
  await pass(1);
  expect(keys()).toEqual([]);
});

test('a wall clock that is set back lets entries live until it says their time', async () => {
  const { setUntil, setWallClock, pass, keys } = await startExpiry();
  await setUntil('k', 5_000);
  setWallClock(-60_000);
  await pass(64_999);
  expect(keys()).toEqual(['k']);
  await pass(10_000);
  expect(keys()).toEqual([]);
});

test.each([
  ['a log that is busy', async (): Promise<Outcome> => busy, 'refused'],
  ['an error', async (): Promise<Outcome> => Promise.reject(new Error('no disk')), 'Error: no disk'],
])('after %s it is tried again every second', async (_, answer, problem) => {
  const { setUntil, pass, keys, problems, proposed, answerWith } = await startExpiry();
  await setUntil('k', 1_000);
  answerWith(answer);
  await pass(1_000);
  await pass(999);
  expect(proposed).toHaveLength(1);
  await pass(1);
  expect(proposed).toHaveLength(2);
  expect(problems).toEqual(Array.from({ length: 2 }, () => `failed to delete expired keys: ${problem}`));
  answerWith();
  await pass(1_000);
  expect(keys()).toEqual([]);
});

test('writes while it fails do not bring the next attempt forward', async () => {
  const { setUntil, kvs, pass, proposed, answerWith } = await startExpiry();
  await setUntil('k', 1_000);
  answerWith(async () => busy);
  await pass(1_000);
  for (let times = 0; times < 20; times += 1) {
    await kvs('set', `other${times}`);
    await pass(0);
  }
  expect(proposed).toHaveLength(1);
});

test('a text that is no time ends nothing', async () => {
  const { kvs, pass, keys, clock } = await startExpiry();
  await kvs('set', 'k', { ExpiresAt: 'tomorrow' });
  expect(clock.pendingCount).toBe(0);
  await pass(1_000_000);
  expect(keys()).toEqual(['k']);
});
