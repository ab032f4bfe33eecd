import { describe, expect, test } from 'vitest';
import { idOf, startTimers } from '../../test/start-timers.ts';
import { timeText } from '../go/index.ts';
import type { RefusalReason } from '../log/command-log.ts';

/** Leadership that begins, ends and fails, for everything that a leader does when a time has come. */

const ttlMs = 15 * 60_000;

/** A session that ends after 20 s, a key that ends after 40 s, and a tombstone that is reaped after 15 minutes. */
async function startAll() {
  const started = await startTimers();
  const { session, kvs } = started;
  await session(idOf(1), '10s');
  await kvs('set', 'short', { ExpiresAt: timeText(Date.UTC(2026, 0, 1) + 40_000) });
  await kvs('set', 'gone');
  await kvs('delete', 'gone');
  const left = () => {
    const { sessions, kvs, tombstones } = started.state.tables;
    return [sessions.size, kvs.size, tombstones.size];
  };
  return { ...started, left };
}

test('before it leads, a server ends nothing', async () => {
  const { pass, left, clock, proposed } = await startAll();
  expect(clock.pendingCount).toBe(0);
  await pass(10 * ttlMs);
  expect(left()).toEqual([1, 1, 1]);
  expect(proposed).toEqual([]);
});

test('one that begins to lead ends what there is, each at its time', async () => {
  const { timers, pass, left } = await startAll();
  timers.start();
  await pass(20_000);
  expect(left()).toEqual([0, 1, 1]);
  await pass(20_000);
  // The deletion of the key leaves a tombstone too.
  expect(left()).toEqual([0, 0, 2]);
  await pass(ttlMs - 40_000);
  expect(left()).toEqual([0, 0, 1]);
  await pass(60_000);
  expect(left()).toEqual([0, 0, 0]);
});

test('one that leads no more ends nothing, and keeps no timer; both may be said twice', async () => {
  const { timers, pass, left, clock, session, kvs } = await startAll();
  timers.start();
  timers.start();
  timers.stop();
  timers.stop();
  await session(idOf(2), '10s');
  await kvs('delete', 'short');
  expect(clock.pendingCount).toBe(0);
  await pass(ttlMs);
  expect(left()).toEqual([2, 0, 2]);
});

test('a new leader gives sessions their whole time: it does not know of renewals', async () => {
  const { timers, pass, left } = await startAll();
  timers.start();
  await pass(19_999);
  timers.stop();
  timers.start();
  await pass(19_999);
  expect(left()[0]).toBe(1);
  await pass(1);
  expect(left()[0]).toBe(0);
});

test('a renewal on a server that does not lead begins nothing', async () => {
  const { timers, sessionOf, clock } = await startAll();
  const found = sessionOf(idOf(1));
  if (found !== undefined) timers.renew(found);
  expect(found).toBeDefined();
  expect(clock.pendingCount).toBe(0);
});

describe.each<RefusalReason>(['not-leader', 'closed', 'failed'])('a log that refuses with %s', (reason) => {
  test.each([
    ['the end of a session', 20_000],
    ['the deletion of a key', 40_000],
    ['the reaping of tombstones', ttlMs],
  ])('%s ends all timers, and proposes nothing more', async (_, ms) => {
    const { timers, pass, destroy, clock, answerWith, proposed } = await startAll();
    timers.start();
    if (ms > 20_000) await destroy(idOf(1));
    if (ms > 40_000) await pass(40_000);
    const before = proposed.length;
    answerWith(async () => ({ kind: 'refused', reason }));
    await pass(ms - clock.nowMs());
    expect(proposed).toHaveLength(before + 1);
    expect(clock.pendingCount).toBe(0);
    await pass(10 * ttlMs);
    expect(proposed).toHaveLength(before + 1);
  });

  test('lets the server lead again later', async () => {
    const { timers, pass, answerWith, left } = await startAll();
    timers.start();
    answerWith(async () => ({ kind: 'refused', reason }));
    await pass(20_000);
    answerWith();
    timers.start();
    await pass(20_000);
    expect(left()).toEqual([0, 0, 2]);
  });
});

test('an end that fails after leadership was lost and won again does not shorten the new time', async () => {
  const { timers, pass, answerWith, left } = await startAll();
  timers.start();
  let fail = (): void => undefined;
  answerWith(
    () =>
      new Promise((resolve) => {
        fail = () => resolve({ kind: 'unknown' });
      }),
  );
  await pass(20_000);
  timers.stop();
  timers.start();
  answerWith();
  fail();
  await pass(19_999);
  expect(left()[0]).toBe(1);
  await pass(1);
  expect(left()[0]).toBe(0);
});

test('a state that is restored has timers of its own, and no others', async () => {
  const { state: other } = await startAll();
  const { timers, pass, log, session, destroy, sessionOf, ends } = await startAll();
  timers.start();
  await session(idOf(2), '10s');
  await destroy(idOf(1));
  await pass(15_000);
  await log.restore(other.snapshot());
  await pass(19_999);
  expect(sessionOf(idOf(1))).toBeDefined();
  await pass(1);
  expect(sessionOf(idOf(1))).toBeUndefined();
  expect(ends).toEqual([{ session: idOf(1), problem: undefined }]);
});
