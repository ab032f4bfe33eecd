import { describe, expect, test } from 'vitest';
import { eventsIn, SerfFixture, selfName } from '../../test/serf-fixture.ts';
import { idOf } from '../../test/support/ids.ts';
import { lamportJumpMax } from './lamport-clock.ts';

test('our state lists the times of all members, the left members and the clocks', () => {
  const pool = new SerfFixture();
  for (const name of ['a', 'b']) pool.up(name);
  pool.join('a', 4);
  pool.leave('b', 9);
  pool.down('b');
  expect(pool.localState()).toEqual({
    type: 'serf-push-pull',
    lamportTime: 10,
    statusTimes: new Map([
      [selfName, 0],
      ['a', 4],
      ['b', 9],
    ]),
    leftMembers: ['b'],
    eventTime: 1,
    events: [],
    queryTime: 1,
  });
});

describe("a peer's state", () => {
  test('moves each clock to at least the time of the peer', () => {
    const pool = new SerfFixture();
    pool.pushPull({ lamportTime: 20, eventTime: 30, queryTime: 40 });
    expect(pool.serf.times).toEqual({ memberTime: 20, eventTime: 30, queryTime: 40 });
    pool.pushPull({ lamportTime: 0, eventTime: 29, queryTime: 1 });
    expect(pool.serf.times).toEqual({ memberTime: 20, eventTime: 30, queryTime: 40 });
  });

  test('makes a failed member left when the peer lists it as left', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.join('a', 5);
    pool.down('a');
    pool.emptyQueues();
    const effects = pool.pushPull({ leftMembers: ['a'], statusTimes: new Map([['a', 5]]) });
    expect(eventsIn(effects)).toEqual(['member-leave a']);
    expect(pool.localState().statusTimes.get('a')).toBe(6);
  });

  test('does not raise the time of a member that has left here too', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5);
    pool.down('a');
    for (let i = 0; i < 10; i += 1) {
      pool.pushPull({ leftMembers: ['a'], statusTimes: new Map([['a', 5]]) });
    }
    expect(pool.localState()).toMatchObject({
      lamportTime: 6,
      statusTimes: new Map([
        [selfName, 0],
        ['a', 5],
      ]),
    });
  });

  test('counts as a join intent for a member that it does not list as left', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5);
    pool.pushPull({ statusTimes: new Map([['a', 6]]) });
    expect(pool.status('a')).toBe('alive');
  });

  test('is never rebroadcast', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.pushPull({
      leftMembers: ['a', 'unknown'],
      statusTimes: new Map([
        ['a', 6],
        ['unknown', 3],
        ['other', 3],
      ]),
    });
    expect(pool.status('a')).toBe('leaving');
    expect(pool.queued()).toEqual([]);
  });

  test('that lists this member as left is refuted', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.pushPull({ lamportTime: 12, leftMembers: [selfName], statusTimes: new Map([[selfName, 9]]) });
    expect(pool.queued()).toEqual([{ type: 'join-intent', node: selfName, lamportTime: 12 }]);
    expect(pool.status(selfName)).toBe('alive');
  });

  test('with a later time of this member than it sent is refuted, since it may mean leaving', () => {
    const pool = new SerfFixture();
    pool.up('a');
    const statusTimes = new Map([[selfName, 9]]);
    pool.pushPull({ lamportTime: 12, statusTimes });
    expect(pool.queued()).toEqual([{ type: 'join-intent', node: selfName, lamportTime: 12 }]);
    expect(pool.localState().statusTimes.get(selfName)).toBe(12);

    const again = new SerfFixture();
    again.pushPull({ lamportTime: 12, statusTimes: new Map([[selfName, 0]]) });
    expect(again.queued()).toEqual([]);
  });

  test('is not refuted by a leaving member', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.step({ type: 'leave', broadcastId: idOf(1) });
    const before = pool.queued().length;
    pool.pushPull({ lamportTime: 12, statusTimes: new Map([[selfName, 9]]) });
    expect(pool.queued()).toHaveLength(before);
  });

  test('with times too far ahead is merged without them', () => {
    const pool = new SerfFixture();
    pool.up('a');
    const hostile = 2 * lamportJumpMax;
    pool.pushPull({ lamportTime: hostile, eventTime: 7, statusTimes: new Map([['a', hostile]]) });
    expect(pool.serf.times).toEqual({ memberTime: 1, eventTime: 7, queryTime: 1 });
    expect(pool.localState().statusTimes.get('a')).toBe(0);
    expect(pool.serf.dropped).toEqual({ 'lamport-jump': 2 });
  });
});

test('a state that is empty, invalid or of another type changes nothing', () => {
  const pool = new SerfFixture();
  const before = pool.localState();
  for (const payload of [new Uint8Array(0), Uint8Array.of(2, 0xc1), Uint8Array.of(99)]) {
    const effects = pool.step({ type: 'user-state', payload, join: false, ignoreOldEvents: false });
    expect(effects.map(({ type }) => type)).toEqual(['note']);
  }
  pool.step({ type: 'user-state', payload: Uint8Array.of(0, 0x80), join: false, ignoreOldEvents: false });
  expect(pool.localState()).toEqual(before);
});

test('a leave intent that arrives after a push/pull with its time is accepted once, and prunes', () => {
  const pool = new SerfFixture();
  pool.up('a');
  pool.pushPull({ statusTimes: new Map([['a', 9]]) });
  pool.leave('a', 9, { prune: true });
  expect(pool.status('a')).toBe('leaving');
  pool.emptyQueues();
  pool.leave('a', 9, { prune: true });
  expect(pool.queued()).toEqual([]);
  expect(eventsIn(pool.down('a'))).toEqual(['member-leave a', 'member-reap a']);
});
