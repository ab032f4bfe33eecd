import { describe, expect, test } from 'vitest';
import { eventsIn, notesIn, SerfFixture } from '../../../test/serf-fixture.ts';
import { encodeSerfMessage } from '../../wire/serf-codec.ts';
import type { UserEventMessage } from '../../wire/serf-messages.ts';
import { ownEventsInFlightMax } from '../limits.ts';
import type { SerfEffect } from '../types.ts';

const deploy: UserEventMessage = {
  type: 'user-event',
  lamportTime: 8,
  name: 'deploy',
  payload: Uint8Array.of(1, 2),
  coalesce: true,
};

function own(name: string) {
  return { type: 'user-event', event: { name, payload: Uint8Array.of(7), coalesce: false } } as const;
}

function slot(lamportTime: number, ...names: readonly string[]) {
  return { lamportTime, events: names.map((name) => ({ name, payload: new Uint8Array(0) })) };
}

function timesIn(effects: readonly SerfEffect[]): readonly number[] {
  return effects.flatMap((effect) =>
    effect.type === 'event' && effect.event.type === 'user-event' ? [effect.event.lamportTime] : [],
  );
}

describe('a user event', () => {
  test('is emitted once with all its fields, moves the clock, and is rebroadcast as the received bytes', () => {
    const pool = new SerfFixture();
    const [effect, ...others] = pool.receive(deploy);
    expect(others).toEqual([]);
    expect(effect).toEqual({
      type: 'event',
      event: { ...deploy, payload: Uint8Array.of(1, 2) },
    });
    expect(pool.serf.times.eventTime).toBe(9);
    expect(pool.queued()).toEqual([deploy]);
    expect(pool.receive(deploy)).toEqual([]);
    expect(pool.serf.queueDepth('events')).toBe(1);
  });

  test('of the same time but another name or payload is another event', () => {
    const pool = new SerfFixture();
    pool.receive(deploy);
    expect(pool.receive({ ...deploy, name: 'rollback' })).toHaveLength(1);
    expect(pool.receive({ ...deploy, payload: Uint8Array.of(1) })).toHaveLength(1);
  });

  test('of our own gets the time of our clock, which is incremented, and is emitted here too', () => {
    const pool = new SerfFixture();
    expect(eventsIn(pool.step(own('a')))).toEqual(['user-event a']);
    expect(timesIn(pool.step(own('a')))).toEqual([2]);
    expect(pool.queued()).toMatchObject([{ lamportTime: 2 }, { lamportTime: 1 }]);
    expect(pool.receive({ ...deploy, ...own('a').event, lamportTime: 1 })).toEqual([]);
  });

  test('larger than any packet is emitted but not rebroadcast, and that is counted', () => {
    const pool = new SerfFixture();
    const large = { ...deploy, payload: new Uint8Array(2000) };
    expect(eventsIn(pool.receive(large))).toEqual(['user-event deploy']);
    expect(pool.serf.queueDepth('events')).toBe(0);
    expect(pool.serf.dropped).toEqual({ 'too-large-to-gossip': 1 });
  });

  test('with a time too far ahead is dropped', () => {
    const pool = new SerfFixture();
    expect(eventsIn(pool.receive({ ...deploy, lamportTime: 2 ** 40 }))).toEqual([]);
    expect(pool.serf.times.eventTime).toBe(1);
  });

  test('is coalesced if its sender allows it, and otherwise emitted at once', () => {
    const pool = new SerfFixture({ userEvents: { coalesce: { periodMs: 3000, quietMs: 1000 } } });
    expect(pool.receive(deploy)).toEqual([]);
    expect(pool.receive({ ...deploy, lamportTime: 9 })).toEqual([]);
    expect(timesIn(pool.receive({ ...deploy, lamportTime: 10, coalesce: false }))).toEqual([10]);
    expect(timesIn(pool.advanceBy(1000))).toEqual([9]);
  });

  test('is emitted in Lamport order if so configured', () => {
    const pool = new SerfFixture({ userEvents: { order: 'lamport', holdBackMs: 200 } });
    for (const lamportTime of [12, 10, 11]) expect(pool.receive({ ...deploy, lamportTime })).toEqual([]);
    expect(timesIn(pool.advanceBy(200))).toEqual([10, 11, 12]);
  });
});

describe('in a push/pull', () => {
  test('our state has the remembered events by time, without empty slots', () => {
    const pool = new SerfFixture();
    pool.receive({ ...deploy, lamportTime: 20 });
    pool.receive({ ...deploy, lamportTime: 3 });
    const { events, eventTime } = pool.localState();
    expect(eventTime).toBe(21);
    expect(events).toEqual(
      [3, 20].map((lamportTime) => ({
        lamportTime,
        events: [{ name: 'deploy', payload: Uint8Array.of(1, 2) }],
      })),
    );
  });

  test('the events of a peer are emitted in Lamport order, once, and not rebroadcast', () => {
    const pool = new SerfFixture();
    const state = { eventTime: 600, events: [slot(590, 'c'), slot(102, 'a'), slot(514, 'b', 'b2')] };
    expect(eventsIn(pool.pushPull(state))).toEqual([
      'user-event a',
      'user-event b',
      'user-event b2',
      'user-event c',
    ]);
    expect(pool.pushPull(state)).toEqual([]);
    expect(pool.serf.queueDepth('events')).toBe(0);
  });

  test('a join that ignores old events emits none, not even when their copies arrive later', () => {
    const pool = new SerfFixture();
    const state = { eventTime: 9, events: [slot(7, 'a'), slot(8, 'deploy')] };
    expect(pool.pushPull(state, { ignoreOldEvents: true })).toEqual([]);
    expect(pool.receive(deploy)).toEqual([]);
    expect(pool.serf.queueDepth('events')).toBe(0);
    expect(eventsIn(pool.receive({ ...deploy, lamportTime: 9 }))).toEqual(['user-event deploy']);
  });
});

test('events that an earlier instance received are not emitted again after a restart from its snapshot', () => {
  const recovered = { lamportTime: 3, eventTime: 8, queryTime: 5 };
  const pool = new SerfFixture({ recovered });
  expect(pool.receive(deploy)).toEqual([]);
  expect(timesIn(pool.receive({ ...deploy, lamportTime: 9 }))).toEqual([9]);
});

test('a message keeps its bytes although its buffer is reused', () => {
  const pool = new SerfFixture();
  const raw = Buffer.from(encodeSerfMessage(deploy));
  pool.step({ type: 'user-message', payload: raw, from: { host: '127.0.0.9', port: 7946 } });
  raw.fill(0);
  expect(pool.queued()).toEqual([deploy]);
  expect(pool.localState().events[0]?.events[0]?.payload).toEqual(Uint8Array.of(1, 2));
});

describe('a burst of our own', () => {
  function burst(pool: SerfFixture, count: number): readonly number[] {
    return Array.from({ length: count }, (_, i) => timesIn(pool.step(own(`e${i}`)))).flat();
  }

  test('is sent from its beginning, the newest of a packet first', () => {
    const pool = new SerfFixture();
    pool.up('peer');
    burst(pool, 3);
    expect(pool.queued().map((message) => message.type === 'user-event' && message.name)).toEqual([
      'e2',
      'e1',
      'e0',
    ]);
  });

  test('is emitted and queued only as far as Serf remembers it; the rest waits, with one warning', () => {
    const pool = new SerfFixture();
    pool.up('peer');
    expect(burst(pool, ownEventsInFlightMax)).toHaveLength(ownEventsInFlightMax);
    expect(notesIn(pool.step(own('later')))).toMatchObject([{ level: 'warn', fields: { waitingCount: 1 } }]);
    expect(burst(pool, 2)).toEqual([]);
    expect(pool.serf.queueDepth('events')).toBe(ownEventsInFlightMax + 3);
    for (let i = 0; i < 4; i += 1) pool.queued();
    expect(eventsIn(pool.advanceBy(0))).toEqual(['user-event later', 'user-event e0', 'user-event e1']);
    expect(pool.serf.waitingEventsCount).toBe(0);
  });

  test('does not wait when no peer is up; events beyond the queue are kept for push/pulls', () => {
    const pool = new SerfFixture();
    expect(burst(pool, 600)).toHaveLength(600);
    expect(pool.serf.queueDepth('events')).toBe(ownEventsInFlightMax);
    expect(pool.localState().events.at(-1)?.lamportTime).toBe(600);
  });

  test('that is not sent when we have left is counted, with one warning', () => {
    const pool = new SerfFixture();
    pool.up('peer');
    burst(pool, ownEventsInFlightMax + 5);
    expect(notesIn(pool.step({ type: 'left' }))).toMatchObject([
      { level: 'warn', fields: { unsentCount: ownEventsInFlightMax + 5 } },
    ]);
    expect(pool.serf.dropped).toEqual({ 'unsent-user-event': ownEventsInFlightMax + 5 });
  });
});

test('an event too old to know whether it was emitted is counted, with one warning', () => {
  const pool = new SerfFixture();
  pool.receive({ ...deploy, lamportTime: 5000 });
  expect(notesIn(pool.receive({ ...deploy, lamportTime: 3 }))).toMatchObject([{ level: 'warn' }]);
  expect(pool.receive({ ...deploy, lamportTime: 2 })).toEqual([]);
  expect(pool.serf.dropped).toEqual({ 'too-old-user-event': 2 });
});

test('in Lamport order, an event that follows the last one, or a push/pull, is emitted at once', () => {
  const pool = new SerfFixture({ userEvents: { order: 'lamport', holdBackMs: 200 } });
  expect(timesIn(pool.receive({ ...deploy, lamportTime: 1 }))).toEqual([1]);
  pool.pushPull({ eventTime: 40, events: [] }, { ignoreOldEvents: true });
  expect(timesIn(pool.receive({ ...deploy, lamportTime: 40 }))).toEqual([40]);
});
