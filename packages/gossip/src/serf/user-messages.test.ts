import { describe, expect, test } from 'vitest';
import { notesIn, peerAddress, SerfFixture, selfName } from '../../test/serf-fixture.ts';
import { decodeSerfMessage, encodeSerfMessage } from '../wire/serf-codec.ts';
import type { QueryMessage } from '../wire/serf-messages.ts';
import { recentQueriesMax } from './limits.ts';
import type { SerfEffect } from './types.ts';

const ping: QueryMessage = {
  type: 'query',
  lamportTime: 3,
  id: 77,
  host: '127.0.0.5',
  port: 7946,
  sourceNode: 'asker',
  filters: [],
  ackRequested: true,
  noBroadcast: false,
  relayFactor: 0,
  timeoutMs: 3200,
  name: '_serf_ping',
  payload: new Uint8Array(0),
};

describe('a query', () => {
  test('that asks for an ack gets one, sent straight to who asks, and moves the query clock', () => {
    const pool = new SerfFixture();
    const effects = pool.receive(ping);
    expect(effects).toHaveLength(1);
    expect(effects[0]).toMatchObject({ type: 'send-user', to: { host: '127.0.0.5', port: 7946 } });
    expect(sentIn(effects)).toEqual([
      {
        type: 'query-response',
        lamportTime: 3,
        id: 77,
        from: selfName,
        isAck: true,
        payload: new Uint8Array(0),
      },
    ]);
    expect(pool.serf.times.queryTime).toBe(4);
    expect(pool.queued()).toEqual([]);
  });

  test('is acknowledged once, however many copies come', () => {
    const pool = new SerfFixture();
    pool.receive(ping);
    expect(pool.receive(ping)).toEqual([]);
    expect(pool.receive({ ...ping, id: 78 })).toHaveLength(1);
  });

  test('is not acknowledged when it does not ask, or has nowhere to answer to', () => {
    const pool = new SerfFixture();
    expect(pool.receive({ ...ping, ackRequested: false })).toEqual([]);
    expect(pool.receive({ ...ping, id: 78, port: 0 })).toEqual([]);
  });

  test('is acknowledged only by the nodes it names', () => {
    const pool = new SerfFixture();
    const other = { kind: 'node', names: ['other'] } as const;
    const us = { kind: 'node', names: ['other', selfName] } as const;
    expect(pool.receive({ ...ping, id: 1, filters: [us] })).toHaveLength(1);
    expect(pool.receive({ ...ping, id: 2, filters: [other] })).toEqual([]);
    expect(pool.receive({ ...ping, id: 3, filters: [us, other] })).toEqual([]);
  });

  test('with a filter on tags is not taken as meant for us', () => {
    const pool = new SerfFixture();
    const filters = [{ kind: 'tag', tag: 'role', expression: '.*' }] as const;
    expect(pool.receive({ ...ping, filters })).toEqual([]);
  });

  test('older than the queries remembered is not answered again', () => {
    const pool = new SerfFixture();
    pool.receive(ping);
    const muchLaterTime = ping.lamportTime + recentQueriesMax;
    for (let time = ping.lamportTime + 1; time <= muchLaterTime; time += 1) {
      expect(pool.receive({ ...ping, lamportTime: time })).toHaveLength(1);
    }
    expect(pool.receive(ping)).toEqual([]);
  });
});

test('a relayed message goes on to the one it is meant for, byte for byte', () => {
  const pool = new SerfFixture();
  const response = encodeSerfMessage({
    type: 'query-response',
    lamportTime: 3,
    id: 77,
    from: 'someone',
    isAck: false,
    payload: Uint8Array.of(1, 2, 3),
  });
  const inner = new Uint8Array(response);
  const relay = { type: 'relay', host: '127.0.0.6', port: 7947, destinationName: 'asker', inner } as const;
  expect(pool.receive(relay)).toEqual([
    { type: 'send-user', to: { host: '127.0.0.6', port: 7947 }, payload: inner },
  ]);
});

test('a user event moves its clock only', () => {
  const pool = new SerfFixture();
  const event = { type: 'user-event', name: 'deploy', payload: new Uint8Array(0), coalesce: true } as const;
  expect(pool.receive({ ...event, lamportTime: 8 })).toEqual([]);
  expect(pool.serf.times).toEqual({ memberTime: 1, eventTime: 9, queryTime: 1 });
  expect(pool.queued()).toEqual([]);
});

test('bytes that are no Serf message are counted and change nothing', () => {
  const pool = new SerfFixture();
  for (const payload of [new Uint8Array(0), Uint8Array.of(200, 1), Uint8Array.of(0, 0xc1)]) {
    const effects = pool.step({ type: 'user-message', payload, from: peerAddress });
    expect(notesIn(effects)).toMatchObject([{ level: 'debug', fields: { from: '127.0.0.9' } }]);
    expect(effects).toHaveLength(1);
  }
  expect(Object.values(pool.serf.dropped).reduce((sum, count) => sum + count, 0)).toBe(3);
});

test('a state exchange that comes as gossip is not one', () => {
  const pool = new SerfFixture();
  pool.up('a');
  const payload = pool.serf.localState();
  expect(pool.step({ type: 'user-message', payload, from: peerAddress })).toEqual([]);
  expect(pool.serf.dropped).toEqual({ 'misplaced-push-pull': 1 });
});

function sentIn(effects: readonly SerfEffect[]): readonly unknown[] {
  return effects.flatMap((effect) =>
    effect.type === 'send-user' ? [decodeSerfMessage(effect.payload)] : [],
  );
}
