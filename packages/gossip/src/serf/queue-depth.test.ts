import { expect, test } from 'vitest';
import { notesIn, SerfFixture } from '../../test/serf-fixture.ts';
import { idOf } from '../../test/support/ids.ts';

function fill(pool: SerfFixture, count: number): void {
  for (let i = 0; i < count; i += 1) pool.join(`unknown-${i}`, 5);
}

test('a queue longer than the warning depth is logged every 30 seconds', () => {
  const pool = new SerfFixture({ timing: { queueDepthWarning: 3 } });
  fill(pool, 3);
  expect(notesIn(pool.advanceBy(30_000))).toEqual([]);
  pool.join('one-more', 5);
  expect(notesIn(pool.advanceBy(30_000))).toMatchObject([
    { level: 'warn', message: 'queue depth', fields: { queue: 'intents', depth: 4 } },
  ]);
});

test('a queue beyond its bound is cut, and the dropped messages are counted', () => {
  const pool = new SerfFixture({ timing: { queueDepthMax: 10 } });
  fill(pool, 14);
  pool.advanceBy(30_000);
  expect(pool.serf.queueDepth('intents')).toBe(10);
  expect(pool.serf.dropped).toEqual({ 'queue-depth': 4 });
});

test('a burst between two checks fills a queue to at most twice its bound', () => {
  const pool = new SerfFixture({ timing: { queueDepthMax: 10 } });
  fill(pool, 20);
  expect(pool.serf.queueDepth('intents')).toBe(20);
  pool.join('one-more', 5);
  expect(pool.serf.queueDepth('intents')).toBe(10);
});

test('with a least bound set, the bound grows with the pool', () => {
  const timing = { queueDepthMin: 4, queueDepthMax: 1000 };
  const small = new SerfFixture({ timing });
  fill(small, 7);
  small.advanceBy(30_000);
  expect(small.serf.queueDepth('intents')).toBe(4);
  const large = new SerfFixture({ timing });
  for (const name of ['a', 'b']) large.up(name);
  fill(large, 7);
  large.advanceBy(30_000);
  expect(large.serf.queueDepth('intents')).toBe(6);
});

test('a dropped message that is waited for is reported as done', () => {
  const pool = new SerfFixture({ timing: { queueDepthMax: 1 } });
  pool.up('a');
  pool.step({ type: 'leave', broadcastId: idOf(7) });
  pool.join('a-name-that-is-much-longer-than-the-leave-intent', 5);
  expect(pool.advanceBy(30_000)).toContainEqual({ type: 'broadcast-done', broadcastId: 7 });
});
