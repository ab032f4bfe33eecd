import { describe, expect, test } from 'vitest';
import { eventsIn, SerfFixture, selfName } from '../../../test/serf-fixture.ts';
import { idOf } from '../../../test/support/ids.ts';

test('a join intent has the time of our clock, which is then incremented', () => {
  const pool = new SerfFixture();
  pool.pushPull({ lamportTime: 20 });
  expect(pool.serf.times.memberTime).toBe(20);
  pool.step({ type: 'announce-join' });
  expect(pool.queued()).toEqual([{ type: 'join-intent', node: selfName, lamportTime: 20 }]);
  expect(pool.serf.times.memberTime).toBe(21);
});

describe('leaving', () => {
  test('broadcasts a leave intent and is done when that reached its retransmit limit', () => {
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

  test('is done at once when no peer is up', () => {
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
  test('of a failed member makes it left here at once and broadcasts the intent', () => {
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

  test('of a failed member, with no peer up, is done at once', () => {
    const pool = new SerfFixture();
    pool.up('b');
    pool.down('b');
    const effects = pool.step({ type: 'force-leave', broadcastId: idOf(7), name: 'b', prune: true });
    expect(eventsIn(effects)).toEqual(['member-leave b', 'member-reap b']);
    expect(effects).toContainEqual({ type: 'broadcast-done', broadcastId: 7 });
  });

  test('of the only other member, which is alive, is broadcast to it, so that it can refute', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.step({ type: 'force-leave', broadcastId: idOf(7), name: 'a', prune: false });
    expect(pool.status('a')).toBe('leaving');
    expect(pool.queued()).toHaveLength(1);
    pool.join('a', 2);
    expect(pool.status('a')).toBe('alive');
  });

  test('of this member broadcasts a join intent instead', () => {
    const pool = new SerfFixture();
    pool.up('a');
    const effects = pool.step({ type: 'force-leave', broadcastId: idOf(7), name: selfName, prune: false });
    expect(effects).toEqual([{ type: 'broadcast-done', broadcastId: 7 }]);
    expect(pool.status(selfName)).toBe('alive');
    expect(pool.queued().map(({ type }) => type)).toEqual(['join-intent']);
  });
});
