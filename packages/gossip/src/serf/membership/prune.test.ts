import { describe, expect, test } from 'vitest';
import { eventsIn, SerfFixture, selfName } from '../../../test/serf-fixture.ts';
import { idOf } from '../../../test/support/ids.ts';

/** A pool in which `a` failed and was pruned at time 5, last seen with incarnation 3. */
function poolWithoutA(): SerfFixture {
  const pool = new SerfFixture({ random: [1] });
  pool.up('b');
  pool.up('a', { incarnation: 3 });
  pool.down('a', { incarnation: 3 });
  pool.leave('a', 5, { prune: true });
  pool.emptyQueues();
  return pool;
}

describe('prune', () => {
  test('erases a failed member, reported as left and then as reaped', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.down('a');
    expect(eventsIn(pool.leave('a', 5, { prune: true }))).toEqual(['member-leave a', 'member-reap a']);
    expect(pool.serf.member('a')).toBeUndefined();
    expect(pool.localState().statusTimes.has('a')).toBe(false);
    expect(pool.queued()).toHaveLength(1);
  });

  test('erases a member that had left', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5);
    pool.down('a');
    expect(eventsIn(pool.leave('a', 6, { prune: true }))).toEqual(['member-reap a']);
  });

  test('of a member that is still up waits until it goes down', () => {
    const pool = new SerfFixture();
    pool.up('a');
    expect(eventsIn(pool.leave('a', 5, { prune: true }))).toEqual([]);
    expect(pool.status('a')).toBe('leaving');
    expect(eventsIn(pool.down('a'))).toEqual(['member-leave a', 'member-reap a']);
  });

  test('of a member that refutes it is void', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5, { prune: true });
    pool.join('a', 6);
    expect(eventsIn(pool.down('a'))).toEqual(['member-failed a']);
    expect(eventsIn(pool.leave('a', 7))).toEqual(['member-leave a']);
    expect(pool.status('a')).toBe('left');
  });

  test('of a member that stays up is void when its leave intent lapses', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5, { prune: true });
    pool.advanceBy(16_000);
    expect(pool.status('a')).toBe('alive');
    expect(eventsIn(pool.down('a', { state: 'left' }))).toEqual(['member-leave a']);
    expect(pool.status('a')).toBe('left');
  });

  test('never erases this member', () => {
    const pool = new SerfFixture();
    pool.step({ type: 'leave', broadcastId: idOf(1) });
    pool.leave(selfName, 50, { prune: true });
    pool.down(selfName, { state: 'left' });
    expect(pool.status(selfName)).toBe('left');
  });
});

describe('a peer that has not pruned yet', () => {
  test('cannot add the name again by push/pulls', () => {
    const pool = poolWithoutA();
    for (let time = 4; time < 20; time += 1) {
      pool.pushPull({ leftMembers: ['a'], statusTimes: new Map([['a', time]]) });
      pool.pushPull({ statusTimes: new Map([['a', 5]]) });
    }
    expect(pool.serf.member('a')).toBeUndefined();
    expect(pool.queued()).toEqual([]);
  });

  test('does not make a member that really returns leaving', () => {
    const pool = poolWithoutA();
    pool.pushPull({ leftMembers: ['a'], statusTimes: new Map([['a', 9]]) });
    expect(eventsIn(pool.up('a', { incarnation: 1 }))).toEqual(['member-join a']);
    expect(pool.status('a')).toBe('alive');
  });

  test('and old copies of its intents are not rebroadcast', () => {
    const pool = poolWithoutA();
    pool.leave('a', 5, { prune: true });
    pool.join('a', 4);
    expect(pool.queued()).toEqual([]);
  });

  test('but a newer prune is rebroadcast once', () => {
    const pool = poolWithoutA();
    pool.leave('a', 6, { prune: true });
    pool.leave('a', 6, { prune: true });
    expect(pool.serf.queueDepth('intents')).toBe(1);
  });

  test('that holds the member alive adds it only until it is found dead', () => {
    const pool = poolWithoutA();
    expect(eventsIn(pool.up('a', { incarnation: 3 }))).toEqual(['member-join a']);
    expect(eventsIn(pool.down('a', { incarnation: 3 }))).toEqual(['member-failed a', 'member-reap a']);
    expect(pool.serf.member('a')).toBeUndefined();
    pool.leave('a', 5, { prune: true });
    expect(pool.queued()).toEqual([]);
  });
});

describe('a pruned member that returns', () => {
  test('is a member like any other after its join intent', () => {
    const pool = poolWithoutA();
    pool.up('a', { incarnation: 1 });
    pool.join('a', 6);
    expect(pool.queued()).toHaveLength(1);
    expect(eventsIn(pool.down('a', { incarnation: 1 }))).toEqual(['member-failed a']);
    expect(pool.status('a')).toBe('failed');
  });

  test('may send its join intent before it comes up', () => {
    const pool = poolWithoutA();
    pool.join('a', 6);
    pool.up('a', { incarnation: 1 });
    pool.leave('a', 6);
    expect(pool.status('a')).toBe('alive');
  });

  test('with a newer incarnation has failed when it goes down, even without a join intent', () => {
    const pool = poolWithoutA();
    pool.up('a', { incarnation: 4 });
    expect(eventsIn(pool.down('a', { incarnation: 4 }))).toEqual(['member-failed a']);
    expect(pool.status('a')).toBe('failed');
  });

  test('is not made leaving by the earlier prune', () => {
    const pool = poolWithoutA();
    pool.up('a', { incarnation: 4 });
    pool.leave('a', 5, { prune: true });
    expect(pool.status('a')).toBe('alive');
  });

  test('is a new member when the tombstone has expired', () => {
    const pool = poolWithoutA();
    pool.advanceBy(24 * 3_600_000 + 15_000);
    pool.leave('a', 5);
    pool.up('a');
    expect(pool.status('a')).toBe('leaving');
  });
});
