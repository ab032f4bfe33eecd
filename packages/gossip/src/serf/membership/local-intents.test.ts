import { describe, expect, test } from 'vitest';
import { eventsIn, SerfFixture, selfName } from '../../../test/serf-fixture.ts';
import { idOf } from '../../../test/support/ids.ts';

test('a join is pinged with the time of our clock, which then moves on', () => {
  const pool = new SerfFixture();
  pool.pushPull({ lamportTime: 20 });
  expect(pool.serf.times.memberTime).toBe(20);
  pool.step({ type: 'announce-join' });
  expect(pool.queued()).toEqual([{ type: 'join-intent', node: selfName, lamportTime: 20 }]);
  expect(pool.serf.times.memberTime).toBe(21);
});

describe('leaving', () => {
  test('says so to the pool and is done when it has been said often enough', () => {
    const pool = new SerfFixture({ timing: { retransmitMult: 2 } });
    pool.up('a');
    expect(pool.step({ type: 'leave', broadcastId: idOf(7) })).toEqual([]);
    expect(pool.serf.isLeaving).toBe(true);
    expect(pool.status(selfName)).toBe('leaving');
    expect(pool.queued()).toEqual([{ type: 'leave-intent', node: selfName, lamportTime: 1, prune: false }]);
    expect(pool.serf.drainFinished()).toEqual([]);
    pool.queued();
    expect(pool.serf.drainFinished()).toEqual([7]);
    expect(eventsIn(pool.down(selfName, { state: 'left' }))).toEqual(['member-leave self']);
  });

  test('is done at once when nobody is there to be told', () => {
    const pool = new SerfFixture();
    pool.up('failed');
    pool.down('failed');
    expect(pool.step({ type: 'leave', broadcastId: idOf(7) })).toEqual([
      { type: 'broadcast-done', broadcastId: 7 },
    ]);
    expect(pool.queued()).toEqual([]);
  });
});

describe('force-leave', () => {
  test('of a failed member makes it left here at once and tells the others', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.up('b');
    pool.down('b');
    const effects = pool.step({ type: 'force-leave', broadcastId: idOf(7), name: 'b', prune: false });
    expect(effects.map(({ type }) => type)).toEqual(['event']);
    expect(pool.status('b')).toBe('left');
    expect(pool.queued()).toEqual([{ type: 'leave-intent', node: 'b', lamportTime: 1, prune: false }]);
    expect(pool.serf.times.memberTime).toBe(2);
  });

  test('of a failed member, with nobody else there, is done at once', () => {
    const pool = new SerfFixture();
    pool.up('b');
    pool.down('b');
    const effects = pool.step({ type: 'force-leave', broadcastId: idOf(7), name: 'b', prune: true });
    expect(eventsIn(effects)).toEqual(['member-leave b', 'member-reap b']);
    expect(effects).toContainEqual({ type: 'broadcast-done', broadcastId: 7 });
  });

  test('of the only other member, which is alive, reaches it so that it can object', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.step({ type: 'force-leave', broadcastId: idOf(7), name: 'a', prune: false });
    expect(pool.status('a')).toBe('leaving');
    expect(pool.queued()).toHaveLength(1);
    pool.join('a', 2);
    expect(pool.status('a')).toBe('alive');
  });

  test('of ourselves is refuted instead of said', () => {
    const pool = new SerfFixture();
    pool.up('a');
    const effects = pool.step({ type: 'force-leave', broadcastId: idOf(7), name: selfName, prune: false });
    expect(effects).toEqual([{ type: 'broadcast-done', broadcastId: 7 }]);
    expect(pool.status(selfName)).toBe('alive');
    expect(pool.queued().map(({ type }) => type)).toEqual(['join-intent']);
  });
});
