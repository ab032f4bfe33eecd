import { expect, test } from 'vitest';
import { idOf, startTimers } from '../../test/start-timers.ts';
import type { Outcome } from '../log/command-log.ts';
import { create, Session } from '../records/index.ts';

/** What ends sessions that nobody renews. Source: consensus-and-rpc.md 5.4, 6.5. */

const one = idOf(1);
const busy: Outcome = { kind: 'refused', reason: 'busy' };

async function startSessions() {
  const started = await startTimers();
  started.timers.start();
  const isThere = (id = one) => started.sessionOf(id) !== undefined;
  const renew = (id = one) => started.timers.renew(started.sessionOf(id) ?? create(Session, { ID: id }));
  return { ...started, isThere, renew };
}

test.each([
  ['10s', 20_000],
  ['15.5s', 31_000],
  ['1h30m', 10_800_000],
  ['24h', 172_800_000],
])('a session with a TTL of %s ends after %d ms, and not before', async (ttl, ms) => {
  const { session, pass, isThere, ends, clock } = await startSessions();
  await session(one, ttl);
  await pass(ms - 1);
  expect(isThere()).toBe(true);
  await pass(1);
  expect(isThere()).toBe(false);
  expect(ends).toEqual([{ session: one, problem: undefined }]);
  expect(clock.pendingCount).toBe(0);
});

test.each(['', '0s', 'not a duration', '-10s'])('one with the TTL "%s" has no timer', async (ttl) => {
  const { session, clock } = await startSessions();
  await session(one, ttl);
  expect(clock.pendingCount).toBe(0);
});

test('a renewal begins the whole time anew, however often', async () => {
  const { session, pass, isThere, renew, clock } = await startSessions();
  await session(one, '10s');
  for (let times = 0; times < 5; times += 1) {
    await pass(19_999);
    renew();
  }
  expect(clock.pendingCount).toBe(1);
  await pass(19_999);
  expect(isThere()).toBe(true);
  await pass(1);
  expect(isThere()).toBe(false);
});

test('every session has a time of its own', async () => {
  const { session, pass, isThere, renew } = await startSessions();
  await session(one, '10s');
  await session(idOf(2), '10s');
  await pass(15_000);
  renew(idOf(2));
  await pass(5_000);
  expect([isThere(one), isThere(idOf(2))]).toEqual([false, true]);
  await pass(15_000);
  expect(isThere(idOf(2))).toBe(false);
});

test('one that was destroyed keeps no timer', async () => {
  const { session, destroy, clock, pass, proposed } = await startSessions();
  await session(one, '10s');
  await destroy(one);
  expect(clock.pendingCount).toBe(0);
  await pass(60_000);
  expect(proposed).toEqual([]);
});

test('writes elsewhere do not lengthen its time', async () => {
  const { session, pass, kvs, isThere } = await startSessions();
  await session(one, '10s');
  await pass(10_000);
  await kvs('lock', 'k', { Session: one });
  await session(idOf(2), '10s');
  await pass(10_000);
  expect([isThere(one), isThere(idOf(2))]).toEqual([false, true]);
});

test('an end that the log does not take is tried again after 10 s, then after twice as long each time', async () => {
  const { session, pass, proposed, ends, answerWith, isThere } = await startSessions();
  await session(one, '10s');
  answerWith(async () => busy);
  await pass(20_000);
  expect(ends).toEqual([{ session: one, problem: 'refused' }]);
  for (const [position, seconds] of [10, 20, 40, 80, 160, 320, 640, 640, 640].entries()) {
    await pass(seconds * 1_000 - 1);
    expect(proposed).toHaveLength(position + 1);
    await pass(1);
    expect(proposed).toHaveLength(position + 2);
  }
  answerWith();
  await pass(640_000);
  expect(isThere()).toBe(false);
  expect(ends.at(-1)).toEqual({ session: one, problem: undefined });
});

test.each([
  ['an error', async (): Promise<Outcome> => Promise.reject(new Error('no disk')), 'Error: no disk'],
  ['no outcome', async (): Promise<Outcome> => ({ kind: 'unknown' }), 'unknown'],
  [
    'a refusal of the state',
    async (): Promise<Outcome> => ({ kind: 'applied', index: 1, error: 'no', value: undefined }),
    'no',
  ],
])('after %s it is tried again', async (_, answer, problem) => {
  const { session, pass, ends, answerWith, isThere } = await startSessions();
  await session(one, '10s');
  answerWith(answer);
  await pass(20_000);
  expect(ends).toEqual([{ session: one, problem }]);
  answerWith();
  await pass(10_000);
  expect(isThere()).toBe(false);
});

test('a session that is renewed while its end fails has its whole time', async () => {
  const { session, pass, answerWith, isThere, renew, clock } = await startSessions();
  await session(one, '60s');
  let fail = (): void => undefined;
  answerWith(
    () =>
      new Promise((resolve) => {
        fail = () => resolve(busy);
      }),
  );
  await pass(120_000);
  renew();
  fail();
  await pass(0);
  answerWith();
  expect(clock.pendingCount).toBe(1);
  await pass(119_999);
  expect(isThere()).toBe(true);
  await pass(1);
  expect(isThere()).toBe(false);
});

test('a session that is renewed between two attempts to end it has its whole time', async () => {
  const { session, pass, answerWith, isThere, renew } = await startSessions();
  await session(one, '60s');
  answerWith(async () => busy);
  await pass(120_000);
  answerWith();
  renew();
  await pass(119_999);
  expect(isThere()).toBe(true);
  await pass(1);
  expect(isThere()).toBe(false);
});

test('an end that fails after another one ended the session is not tried again', async () => {
  const { session, destroy, pass, answerWith, clock } = await startSessions();
  await session(one, '10s');
  let fail = (): void => undefined;
  answerWith(
    () =>
      new Promise((resolve) => {
        fail = () => resolve(busy);
      }),
  );
  await pass(20_000);
  await destroy(one);
  fail();
  await pass(0);
  expect(clock.pendingCount).toBe(0);
});
