import { expect, test } from 'vitest';
import { type FixtureOptions, SerfFixture, selfName } from '../../../test/serf-fixture.ts';
import { idOf } from '../../../test/support/ids.ts';
import type { SerfEffect } from '../types.ts';

const host = '127.0.0.77';
/** Longer than any round takes. */
const reapedAfterMs = 60_000;

function poolOf(liveCount: number, failed: readonly string[], options: FixtureOptions = {}): SerfFixture {
  const pool = new SerfFixture({ random: [0.5], ...options });
  for (let i = 1; i < liveCount; i += 1) pool.up(`live-${i}`);
  for (const name of failed) {
    pool.up(name, { host });
    pool.down(name);
  }
  return pool;
}

const pingedIn = (effects: readonly SerfEffect[]): readonly string[] =>
  effects.flatMap((effect) => (effect.type === 'reconnect-ping' ? [effect.name] : []));

const times = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Push/pulls with peers that do not know the failed members. */
function pushPullWithNewPeers(pool: SerfFixture, count: number): void {
  for (const i of times(count)) pool.pushPull({ statusTimes: new Map([[`new-${i}`, 0]]) });
}

test('a single live member pings a failed one ten times within a reconnect interval', () => {
  const pinged = poolOf(1, ['f']).advanceBy(30_000);
  expect(pingedIn(pinged)).toEqual(times(10).map(() => 'f'));
  expect(pinged).toContainEqual({ type: 'reconnect-ping', name: 'f', to: { host, port: 7946 } });
});

test('the live members share the pings', () => {
  expect(pingedIn(poolOf(4, ['f'], { random: [0.24] }).advanceBy(30_000)).length).toBeGreaterThan(0);
  expect(pingedIn(poolOf(4, ['f'], { random: [0.26] }).advanceBy(30_000))).toEqual([]);
});

test('members that do not know a failed one do not count as sharing the pings', () => {
  const pool = poolOf(20, ['f']);
  expect(pingedIn(pool.advanceBy(30_000))).toEqual([]);
  pushPullWithNewPeers(pool, 20);
  expect(pingedIn(pool.advanceBy(30_000)).length).toBeGreaterThan(5);
});

test('they count again when they know it', () => {
  const pool = poolOf(20, ['f']);
  pushPullWithNewPeers(pool, 20);
  for (const _ of times(20)) pool.pushPull({ statusTimes: new Map([['f', 0]]) });
  expect(pingedIn(pool.advanceBy(30_000))).toEqual([]);
});

test('no round pings more than three members, however many failed', () => {
  const pool = poolOf(
    1,
    times(50).map((i) => `f-${i}`),
  );
  expect(pingedIn(pool.advanceBy(30_000)).length).toBeLessThanOrEqual(30);
});

test('a few reaped members are pinged as often as failed ones, many of them less often', () => {
  const timing = { reconnectTimeoutMs: reapedAfterMs };
  const few = poolOf(1, ['f'], { timing });
  few.advanceBy(2 * reapedAfterMs);
  expect(few.status('f')).toBeUndefined();
  expect(pingedIn(few.advanceBy(30_000))).toHaveLength(10);

  const names = times(40).map((i) => `f-${i}`);
  const many = poolOf(1, names, { timing, random: [0.11] });
  many.advanceBy(2 * reapedAfterMs);
  expect(pingedIn(many.advanceBy(30_000))).toEqual([]);
});

test('the members of an earlier instance are pinged until they are up', () => {
  const lastKnown = [
    [selfName, { host: '127.0.0.1', port: 7946 }],
    ['f', { host, port: 7946 }],
  ] as const;
  const pool = poolOf(1, [], { lastKnown });
  expect(pool.status('f')).toBeUndefined();
  expect(new Set(pingedIn(pool.advanceBy(30_000)))).toEqual(new Set(['f']));
  pool.up('f', { host });
  expect(pingedIn(pool.advanceBy(30_000))).toEqual([]);
});

test('a left member is not pinged, and a leaving member sends no pings', () => {
  const pool = poolOf(1, ['f', 'gone']);
  pool.leave('gone', 5);
  expect(new Set(pingedIn(pool.advanceBy(30_000)))).toEqual(new Set(['f']));
  pool.step({ type: 'leave', broadcastId: idOf(1) });
  expect(pingedIn(pool.advanceBy(30_000))).toEqual([]);
});
