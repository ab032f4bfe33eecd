import { describe, expect, test } from 'vitest';
import { SerfFixture, selfName, sentIn, viewOf } from '../../../test/serf-fixture.ts';
import { idOf } from '../../../test/support/ids.ts';
import type { QueryMessage } from '../../wire/serf-messages.ts';
import { recentTimesMax } from '../limits.ts';
import type { ReceivedQuery, SerfEffect } from '../types.ts';

const ask: QueryMessage = {
  type: 'query',
  lamportTime: 3,
  id: 77,
  host: '127.0.0.5',
  port: 7947,
  sourceNode: 'asker',
  filters: [],
  ackRequested: false,
  noBroadcast: false,
  relayFactor: 0,
  timeoutMs: 3200,
  name: 'load',
  payload: Uint8Array.of(9),
};
const ping: QueryMessage = { ...ask, ackRequested: true, name: '_serf_ping', payload: new Uint8Array(0) };
const yes = Uint8Array.of(1);

function queriesIn(effects: readonly SerfEffect[]): readonly ReceivedQuery[] {
  return effects.flatMap((effect) => (effect.type === 'query' ? [effect.query] : []));
}

describe('a query', () => {
  test('is delivered to the application once, with its deadline, and rebroadcast', () => {
    const pool = new SerfFixture();
    pool.nowMs = 100;
    expect(queriesIn(pool.receive(ask))).toEqual([
      { queryId: 1, name: 'load', payload: ask.payload, from: 'asker', lamportTime: 3, deadlineMs: 3300 },
    ]);
    expect(pool.receive(ask)).toEqual([]);
    expect(pool.serf.times.queryTime).toBe(4);
    expect(pool.queued()).toEqual([ask]);
  });

  test('with the no-broadcast flag is not rebroadcast', () => {
    const pool = new SerfFixture();
    expect(queriesIn(pool.receive({ ...ask, noBroadcast: true }))).toHaveLength(1);
    expect(pool.serf.queueDepth('queries')).toBe(0);
  });

  test('that asks for an ack gets one, directly at its origin', () => {
    const pool = new SerfFixture();
    const effects = pool.receive(ping);
    expect(effects).toHaveLength(1);
    expect(effects[0]).toMatchObject({ type: 'send-user', to: { host: '127.0.0.5', port: 7947 } });
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
    expect(pool.receive({ ...ping, id: 78 })).toHaveLength(1);
    expect(pool.receive({ ...ping, id: 79, port: 0 })).toEqual([]);
  });

  test('is for the nodes that its filter names, and is rebroadcast in any case', () => {
    const pool = new SerfFixture();
    const other = { kind: 'node', names: ['other'] } as const;
    const us = { kind: 'node', names: ['other', selfName] } as const;
    expect(pool.receive({ ...ping, id: 1, filters: [us] })).toHaveLength(1);
    expect(pool.receive({ ...ping, id: 2, filters: [other] })).toEqual([]);
    expect(pool.receive({ ...ping, id: 3, filters: [us, other] })).toEqual([]);
    expect(pool.receive({ ...ping, id: 4, filters: [{ kind: 'unknown' }] })).toEqual([]);
    expect(pool.serf.queueDepth('queries')).toBe(4);
  });

  test('with a tag filter waits for the engine, which is requested once', () => {
    const pool = new SerfFixture();
    const filters = [{ kind: 'tag', tag: 'role', expression: '^$' }] as const;
    expect(pool.receive({ ...ping, filters })).toEqual([{ type: 'load-expressions' }]);
    expect(pool.receive({ ...ping, id: 78, filters })).toEqual([]);
    const seen: string[] = [];
    const matches = (expression: string, text: string): boolean => seen.push(`${expression} ${text}`) === 1;
    expect(sentIn(pool.step({ type: 'expressions-loaded', matches }))).toMatchObject([{ id: 77 }]);
    expect(seen).toEqual(['^$ ', '^$ ']);
    expect(pool.receive({ ...ping, id: 79, filters })).toEqual([]);
  });

  test("with Serf's name prefix is never delivered to the application", () => {
    const pool = new SerfFixture();
    expect(pool.receive({ ...ask, name: '_serf_unheard-of' })).toEqual([]);
    expect(pool.serf.dropped).toEqual({ 'unknown-internal-query': 1 });
  });

  test('that an earlier instance received is ignored after a restart from its snapshot', () => {
    const pool = new SerfFixture({ recovered: { lamportTime: 3, eventTime: 8, queryTime: 5 } });
    expect(pool.receive({ ...ask, lamportTime: 5 })).toEqual([]);
    expect(pool.receive({ ...ask, lamportTime: 6 })).not.toEqual([]);
  });

  test('older than the remembered ones is not handled again', () => {
    const pool = new SerfFixture();
    pool.receive(ping);
    for (let time = 4; time <= ping.lamportTime + recentTimesMax; time += 1) {
      expect(pool.receive({ ...ping, lamportTime: time })).toHaveLength(1);
    }
    expect(pool.receive(ping)).toEqual([]);
  });
});

describe('a response', () => {
  test('is sent to the origin once', () => {
    const pool = new SerfFixture();
    pool.receive(ask);
    expect(pool.serf.answerProblem(idOf(1), yes, 0)).toBeUndefined();
    expect(sentIn(pool.step({ type: 'respond', queryId: idOf(1), payload: yes }))).toEqual([
      { type: 'query-response', lamportTime: 3, id: 77, from: selfName, isAck: false, payload: yes },
    ]);
    expect(pool.serf.answerProblem(idOf(1), yes, 0)).toBe('answered');
    expect(pool.step({ type: 'respond', queryId: idOf(1), payload: yes })).toEqual([]);
  });

  test('is refused after the deadline, when too large, and for a query that is unknown', () => {
    const pool = new SerfFixture();
    pool.receive(ask);
    expect(pool.serf.answerProblem(idOf(1), yes, 3199)).toBeUndefined();
    expect(pool.serf.answerProblem(idOf(1), yes, 3200)).toBe('over');
    expect(pool.serf.answerProblem(idOf(1), new Uint8Array(1024), 0)).toBe('too-large');
    expect(pool.serf.answerProblem(idOf(2), yes, 0)).toBe('over');
    pool.nowMs = 3200;
    expect(pool.step({ type: 'respond', queryId: idOf(1), payload: yes })).toEqual([]);
  });

  test('is relayed by as many members as the query asks for, as far as they can relay', () => {
    const pool = new SerfFixture({ random: [0.1, 0.5, 0.9, 0.3] });
    for (const name of ['a', 'b', 'c']) pool.up(name, { host: `127.0.1.${name.charCodeAt(0)}` });
    pool.step({
      type: 'member-up',
      member: { ...viewOf('old'), versions: { ...viewOf('old').versions, protocolMax: 4 } },
    });
    pool.down('c');
    const [direct, ...relays] = sentIn(pool.receive({ ...ping, relayFactor: 4 }));
    expect(direct).toMatchObject({ type: 'query-response' });
    expect(relays).toHaveLength(2);
    for (const relay of relays) {
      expect(relay).toMatchObject({ type: 'relay', host: '127.0.0.5', port: 7947, destinationName: 'asker' });
    }
    expect(sentIn(pool.receive({ ...ping, id: 78, relayFactor: 5 }))).toHaveLength(1);
  });
});
