import { describe, expect, test } from 'vitest';
import { eventsIn, notesIn, SerfFixture, selfName } from '../../../test/serf-fixture.ts';
import { idOf } from '../../../test/support/ids.ts';
import { encodeSerfMessage } from '../../wire/serf-codec.ts';
import { lamportJumpMax } from '../lamport-clock.ts';

describe('a leave intent', () => {
  test('about a live member makes it leaving and is rebroadcast', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5);
    expect(pool.status('a')).toBe('leaving');
    expect(pool.queued()).toEqual([{ type: 'leave-intent', node: 'a', lamportTime: 5, prune: false }]);
    expect(pool.serf.times.memberTime).toBe(6);
  });

  test('about a failed member makes it left at once', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.down('a');
    expect(eventsIn(pool.leave('a', 5))).toEqual(['member-leave a']);
    expect(pool.status('a')).toBe('left');
    expect(pool.serf.counts).toEqual({ membersCount: 2, failedCount: 0, leftCount: 1 });
    expect(pool.queued()).toHaveLength(1);
  });

  test('that is newer, about a leaving or left member, is rebroadcast once and changes no status', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5);
    pool.leave('a', 6);
    expect(pool.serf.queueDepth('intents')).toBe(2);
    pool.down('a');
    pool.leave('a', 7);
    pool.leave('a', 7);
    expect(pool.serf.queueDepth('intents')).toBe(3);
    expect(pool.status('a')).toBe('left');
  });

  test('of two times is rebroadcast once for each, whatever the number of copies', () => {
    const pool = new SerfFixture();
    pool.up('a');
    for (const time of [5, 6, 5, 6, 5, 6]) pool.leave('a', time);
    expect(pool.serf.queueDepth('intents')).toBe(2);
  });

  test('about this member, which runs, is refuted by a join intent of a later time', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave(selfName, 50);
    expect(pool.status(selfName)).toBe('alive');
    expect(pool.queued()).toEqual([{ type: 'join-intent', node: selfName, lamportTime: 51 }]);
    pool.leave(selfName, 50);
    expect(pool.serf.queueDepth('intents')).toBe(1);
  });

  test('about this member that repeats leaves one join intent in the queue, the newest', () => {
    const pool = new SerfFixture();
    pool.up('a');
    for (let time = 50; time < 90; time += 2) pool.leave(selfName, time);
    expect(pool.queued()).toEqual([{ type: 'join-intent', node: selfName, lamportTime: 89 }]);
  });

  test('about this member is not refuted when it leaves', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.step({ type: 'leave', broadcastId: idOf(1) });
    pool.leave(selfName, 50);
    expect(pool.status(selfName)).toBe('leaving');
    expect(pool.queued().filter(({ type }) => type === 'join-intent')).toEqual([]);
  });
});

describe('a join intent', () => {
  test('that is newer than the leave keeps the member', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5);
    pool.join('a', 6);
    expect(pool.status('a')).toBe('alive');
    expect(pool.serf.queueDepth('intents')).toBe(2);
  });

  test('of the same time as the leave does not keep the member', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.leave('a', 5);
    pool.join('a', 5);
    expect(pool.status('a')).toBe('leaving');
    expect(pool.serf.queueDepth('intents')).toBe(1);
  });

  test('about a failed member is rebroadcast but does not make it alive', () => {
    const pool = new SerfFixture();
    pool.up('a');
    pool.down('a');
    expect(eventsIn(pool.join('a', 5))).toEqual([]);
    expect(pool.status('a')).toBe('failed');
    expect(pool.queued()).toHaveLength(1);
  });
});

describe('an intent about an unknown name', () => {
  test('is rebroadcast once, and decides the first status of the member', () => {
    const pool = new SerfFixture();
    pool.leave('a', 5);
    pool.leave('a', 5);
    expect(pool.serf.queueDepth('intents')).toBe(1);
    expect(eventsIn(pool.up('a'))).toEqual(['member-join a']);
    expect(pool.status('a')).toBe('leaving');
    pool.leave('a', 5);
    expect(pool.serf.queueDepth('intents')).toBe(1);
  });

  test("a join sets the member's time, so that an older leave is ignored", () => {
    const pool = new SerfFixture();
    pool.join('a', 6);
    pool.up('a');
    pool.leave('a', 5);
    expect(pool.status('a')).toBe('alive');
  });

  test('expires after five minutes', () => {
    const pool = new SerfFixture();
    pool.leave('a', 5);
    pool.advanceBy(315_000);
    pool.up('a');
    expect(pool.status('a')).toBe('alive');
  });
});

describe('an invalid intent', () => {
  test('of a time more than 2^32 ahead changes nothing and is logged', () => {
    const pool = new SerfFixture();
    pool.up('a');
    const effects = pool.leave('a', lamportJumpMax + 2);
    expect(notesIn(effects)).toMatchObject([{ level: 'warn' }]);
    expect(pool.status('a')).toBe('alive');
    expect(pool.serf.times.memberTime).toBe(1);
    expect(pool.serf.queueDepth('intents')).toBe(0);
    expect(pool.serf.dropped).toEqual({ 'lamport-jump': 1 });
    pool.leave('a', 5);
    expect(pool.status('a')).toBe('leaving');
  });

  test('without a name, or with one beyond 255 bytes, is not stored', () => {
    const pool = new SerfFixture();
    pool.join('', 5);
    pool.join('é'.repeat(128), 5);
    expect(pool.serf.dropped).toEqual({ 'name-length': 2 });
    expect(pool.serf.queueDepth('intents')).toBe(0);
    pool.join('é'.repeat(127), 5);
    expect(pool.serf.queueDepth('intents')).toBe(1);
  });
});

test('a new intent is rebroadcast as a copy of the received bytes', () => {
  const pool = new SerfFixture();
  pool.up('a');
  const original = new Uint8Array(encodeSerfMessage({ type: 'join-intent', node: 'a', lamportTime: 5 }));
  const packet = Buffer.from(original);
  pool.step({ type: 'user-message', payload: packet, from: { host: '127.0.0.9', port: 1 } });
  packet.fill(0);
  expect(pool.serf.takeBroadcasts(3, 1400, 0, 255)).toEqual([original]);
});
