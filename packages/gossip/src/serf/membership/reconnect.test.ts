import { expect, test } from 'vitest';
import { SerfFixture } from '../../../test/serf-fixture.ts';
import { idOf } from '../../../test/support/ids.ts';

function poolOf(liveCount: number, failed: readonly string[], random: readonly number[]): SerfFixture {
  const pool = new SerfFixture({ random });
  for (let i = 1; i < liveCount; i += 1) pool.up(`live-${i}`);
  for (const name of failed) {
    pool.up(name, { host: '127.0.0.77' });
    pool.down(name);
  }
  return pool;
}

test('every 30 seconds a reconnect to a failed member is attempted at its last address', () => {
  const pool = poolOf(1, ['f1'], [0.99, 0]);
  expect(pool.advanceBy(29_999).filter(({ type }) => type === 'reconnect')).toEqual([]);
  expect(pool.advanceBy(1).filter(({ type }) => type === 'reconnect')).toEqual([
    { type: 'reconnect', name: 'f1', to: { host: '127.0.0.77', port: 7946 } },
  ]);
  expect(pool.advanceBy(30_000).filter(({ type }) => type === 'reconnect')).toHaveLength(1);
});

test('the chance is the ratio of failed to live members', () => {
  const attempts = (draw: number) =>
    poolOf(4, ['f1'], [draw])
      .advanceBy(30_000)
      .filter(({ type }) => type === 'reconnect').length;
  expect(attempts(0.25)).toBe(1);
  expect(attempts(0.26)).toBe(0);
});

test('a random failed member is chosen, never a left one', () => {
  const pool = poolOf(1, ['f1', 'f2', 'gone'], [0, 0.99]);
  pool.leave('gone', 5);
  const effects = pool.advanceBy(30_000);
  expect(effects).toContainEqual(expect.objectContaining({ type: 'reconnect', name: 'f2' }));
});

test('a leaving member attempts no reconnect', () => {
  const pool = poolOf(1, ['f1'], [0]);
  pool.step({ type: 'leave', broadcastId: idOf(1) });
  expect(pool.advanceBy(60_000).filter(({ type }) => type === 'reconnect')).toEqual([]);
});
