import { describe, expect, test } from 'vitest';
import { eventsIn, notesIn, peerAddress, SerfFixture, selfName, viewOf } from '../../../test/serf-fixture.ts';
import { idOf } from '../../../test/support/ids.ts';
import { encodeTags } from '../../wire/tags.ts';

const hourMs = 3_600_000;

describe('reports of the failure detector', () => {
  test('this member is the first one', () => {
    const pool = new SerfFixture();
    expect(pool.serf.members().map(({ name, status }) => [name, status])).toEqual([[selfName, 'alive']]);
  });

  test('a new member is alive and reported as joined, with its tags', () => {
    const pool = new SerfFixture();
    expect(eventsIn(pool.up('a', { meta: encodeTags({ role: 'web' }) }))).toEqual(['member-join a']);
    const { address, versions } = viewOf('a');
    expect(pool.serf.member('a')).toEqual({
      name: 'a',
      address,
      versions,
      tags: { role: 'web' },
      status: 'alive',
    });
  });

  test('a member that goes down without an intent has failed, even if memberlist reports it as left', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.up('b');
    expect(eventsIn(pool.down('a'))).toEqual(['member-failed a']);
    expect(eventsIn(pool.down('b', { state: 'left' }))).toEqual(['member-failed b']);
    expect(pool.status('b')).toBe('failed');
  });

  test('a member that goes down after its leave intent has left', () => {
    const pool = new SerfFixture();
    pool.up('a');
    expect(eventsIn(pool.leave('a', 5))).toEqual([]);
    expect(pool.status('a')).toBe('leaving');
    expect(eventsIn(pool.down('a', { state: 'left' }))).toEqual(['member-leave a']);
    expect(pool.status('a')).toBe('left');
  });

  test('a member that is down is not reported again', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.down('a');
    expect(pool.down('a')).toEqual([]);
  });

  test('a failed member that returns has joined again, with its new address', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.down('a');
    expect(eventsIn(pool.up('a', { incarnation: 2, host: '127.0.0.10' }))).toEqual(['member-join a']);
    expect(pool.serf.member('a')).toMatchObject({ status: 'alive', address: { host: '127.0.0.10' } });
    expect(pool.serf.counts).toEqual({ membersCount: 2, failedCount: 0, leftCount: 0 });
  });

  test('a changed member is reported as updated and keeps its status', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5);
    expect(eventsIn(pool.changed('a', { meta: encodeTags({ v: '2' }) }))).toEqual(['member-update a']);
    expect(pool.serf.member('a')).toMatchObject({ status: 'leaving', tags: { v: '2' } });
  });

  test('reports about an unknown member are ignored', () => {
    const pool = new SerfFixture();
    expect(pool.changed('a')).toEqual([]);
    expect(pool.down('a')).toEqual([]);
    expect(pool.serf.member('a')).toBeUndefined();
  });

  test('a member with invalid tags is a member without tags', () => {
    const pool = new SerfFixture();
    const effects = pool.up('a', { meta: Uint8Array.of(0xff, 0x81, 0xa5) });
    expect(eventsIn(effects)).toEqual(['member-join a']);
    expect(notesIn(effects)).toHaveLength(1);
    expect(pool.serf.member('a')?.tags).toEqual({});
    expect(Object.values(pool.serf.dropped)).toEqual([1]);
  });

  test('the list of members is sorted, and later changes do not show in it', () => {
    const pool = new SerfFixture();
    for (const name of ['zoe', 'B', 'a']) pool.up(name);
    const before = pool.serf.members();
    expect(before.map(({ name }) => name)).toEqual(['B', 'a', 'self', 'zoe']);
    pool.down('zoe');
    expect(before[3]?.status).toBe('alive');
    expect(pool.serf.members()[3]?.status).toBe('failed');
  });
});

describe('reaping', () => {
  const timing = { reconnectTimeoutMs: 2 * hourMs, tombstoneTimeoutMs: hourMs };

  test('failed members are erased after the reconnect timeout and left ones after the tombstone timeout', () => {
    const pool = new SerfFixture({ timing, random: [1] });
    for (const name of ['failed', 'left']) pool.up(name);
    pool.leave('left', 5);
    pool.down('left');
    pool.down('failed');
    expect(eventsIn(pool.advanceBy(hourMs))).toEqual([]);
    expect(eventsIn(pool.advanceBy(15_000))).toEqual(['member-reap left']);
    expect(eventsIn(pool.advanceBy(hourMs - 15_000))).toEqual([]);
    expect(eventsIn(pool.advanceBy(15_000))).toEqual(['member-reap failed']);
    expect(pool.serf.counts).toEqual({ membersCount: 1, failedCount: 0, leftCount: 0 });
  });

  test('the tombstone timeout of a force-left member counts from its failure', () => {
    const pool = new SerfFixture({ timing, random: [1] });
    pool.up('a');
    pool.down('a');
    pool.advanceBy(hourMs - 60_000);
    pool.leave('a', 5);
    expect(eventsIn(pool.advanceBy(75_000))).toEqual(['member-reap a']);
  });

  test('a member that returned is not erased', () => {
    const pool = new SerfFixture({ timing, random: [1] });
    pool.up('a');
    pool.down('a');
    pool.up('a', { incarnation: 2 });
    expect(eventsIn(pool.advanceBy(3 * hourMs))).toEqual([]);
  });
});

describe('a leave intent of a member that stays up', () => {
  test('lapses when the member is still up 16 seconds later, with one warning a minute', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.up('b');
    pool.leave('a', 5);
    pool.leave('b', 6);
    expect(notesIn(pool.advanceBy(15_999))).toEqual([]);
    expect(pool.status('a')).toBe('leaving');
    expect(notesIn(pool.advanceBy(1))).toMatchObject([{ level: 'warn', fields: { member: 'a' } }]);
    expect([pool.status('a'), pool.status('b')]).toEqual(['alive', 'alive']);
  });

  test('lapses without a broadcast, and its copies do not make the member leaving again', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5);
    pool.emptyQueues();
    const before = pool.localState();
    pool.advanceBy(16_000);
    expect(pool.localState()).toEqual(before);
    pool.leave('a', 5);
    pool.pushPull({ statusTimes: new Map([['a', 5]]) });
    expect(pool.status('a')).toBe('alive');
  });

  test('still makes a late leave of memberlist a leave, but not a later crash', () => {
    const pool = new SerfFixture();
    for (const name of ['late', 'crashed']) {
      pool.up(name);
      pool.leave(name, 5);
    }
    pool.advanceBy(16_000);
    expect(eventsIn(pool.down('late', { state: 'left' }))).toEqual(['member-leave late']);
    expect(eventsIn(pool.down('crashed', { state: 'dead' }))).toEqual(['member-failed crashed']);
  });

  test('is forgotten after a newer join intent', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5);
    pool.advanceBy(16_000);
    pool.join('a', 6);
    expect(eventsIn(pool.down('a', { state: 'left' }))).toEqual(['member-failed a']);
  });

  test('stays while the member is suspected, and makes it left when it goes down', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5, { prune: true });
    pool.suspects.add('a');
    expect(notesIn(pool.advanceBy(60_000))).toEqual([]);
    expect(pool.status('a')).toBe('leaving');
    expect(eventsIn(pool.down('a'))).toEqual(['member-leave a', 'member-reap a']);
  });

  test('lapses a probe interval after the member refuted the suspicion', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5);
    pool.suspects.add('a');
    pool.advanceBy(30_000);
    pool.suspects.delete('a');
    pool.advanceBy(1000);
    expect(pool.status('a')).toBe('alive');
  });

  test('is void for a member that went down and returned', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5);
    pool.down('a');
    pool.up('a', { incarnation: 2 });
    expect(notesIn(pool.advanceBy(10_000))).toEqual([]);
  });

  test('never lapses for this member', () => {
    const pool = new SerfFixture();
    pool.step({ type: 'leave', broadcastId: idOf(1) });
    pool.advanceBy(60_000);
    expect(pool.status(selfName)).toBe('leaving');
  });
});

describe('a name conflict', () => {
  const conflict = {
    type: 'conflict',
    existing: peerAddress,
    claimed: { host: '127.0.0.66', port: 1 },
  } as const;

  test('is reported every time and logged once a minute', () => {
    const pool = new SerfFixture();
    pool.up('a');
    const first = pool.step({ ...conflict, name: 'a' });
    expect(eventsIn(first)).toEqual(['member-conflict a']);
    expect(notesIn(first)).toMatchObject([{ level: 'warn', fields: { member: 'a', suppressedCount: 0 } }]);
    const second = pool.step({ ...conflict, name: 'a' });
    expect(eventsIn(second)).toEqual(['member-conflict a']);
    expect(notesIn(second)).toEqual([]);
    pool.advanceBy(60_000);
    expect(notesIn(pool.step({ ...conflict, name: 'a' }))).toMatchObject([
      { fields: { suppressedCount: 1 } },
    ]);
  });

  test("about this member's name does not stop it", () => {
    const pool = new SerfFixture();
    const effects = pool.step({ ...conflict, name: selfName });
    expect(notesIn(effects)).toMatchObject([
      { message: 'Node name conflicts with another node. Names must be unique!' },
    ]);
    expect(pool.status(selfName)).toBe('alive');
    expect(pool.serf.isLeaving).toBe(false);
  });
});

test('coalesced events are emitted at the deadline that ends their quiet time', () => {
  const pool = new SerfFixture({ coalesce: { periodMs: 3000, quietMs: 1000 } });
  expect(eventsIn(pool.up('a'))).toEqual([]);
  pool.up('b');
  expect(eventsIn(pool.advanceBy(999))).toEqual([]);
  expect(eventsIn(pool.advanceBy(1))).toEqual(['member-join self,a,b']);
});
