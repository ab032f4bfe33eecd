import { describe, expect, test } from 'vitest';
import { SerfFixture, selfName } from '../../../test/serf-fixture.ts';
import { idOf } from '../../../test/support/ids.ts';
import type { QueryMessage, QueryResponseMessage } from '../../wire/serf-messages.ts';
import type { QueryRequest, SerfEffect } from '../types.ts';

const request: QueryRequest = {
  name: 'load',
  payload: Uint8Array.of(9),
  filters: [],
  ackRequested: true,
  relayFactor: 0,
  timeoutMs: undefined,
};

function sendQuery(pool: SerfFixture, over: Partial<QueryRequest> = {}) {
  const effects = pool.step({ type: 'send-query', queryId: idOf(5), request: { ...request, ...over } });
  const query = pool.queued().find((message): message is QueryMessage => message.type === 'query');
  if (query === undefined) throw new Error('no query was queued');
  return { effects, query };
}

function response(query: QueryMessage, from: string, over: Partial<QueryResponseMessage> = {}) {
  const { lamportTime, id } = query;
  const answer = { type: 'query-response', lamportTime, id, from, isAck: false } as const;
  return { ...answer, payload: Uint8Array.of(1), ...over };
}

function answersIn(effects: readonly SerfEffect[]): readonly string[] {
  return effects.flatMap((effect) =>
    effect.type === 'query-answer' ? [`${effect.queryId} ${effect.kind} ${effect.from}`] : [],
  );
}

describe('a query of our own', () => {
  test('is queued with our address, the time of our clock and a random id, and is received here too', () => {
    const pool = new SerfFixture({ random: [0.5] });
    const { effects, query } = sendQuery(pool);
    expect(query).toMatchObject({
      lamportTime: 1,
      id: 2 ** 30,
      host: '127.0.0.9',
      port: 7946,
      sourceNode: selfName,
      timeoutMs: 3200,
    });
    expect(answersIn(effects)).toEqual(['5 ack self']);
    expect(effects).toContainEqual(expect.objectContaining({ type: 'query' }));
    expect(effects.some(({ type }) => type === 'send-user')).toBe(false);
    expect(pool.serf.times.queryTime).toBe(2);
  });

  test("reports each member's ack and response once", () => {
    const pool = new SerfFixture();
    const { query } = sendQuery(pool);
    expect(answersIn(pool.receive(response(query, 'a')))).toEqual(['5 response a']);
    expect(answersIn(pool.receive(response(query, 'a', { isAck: true })))).toEqual(['5 ack a']);
    expect(pool.receive(response(query, 'a'))).toEqual([]);
    expect(pool.receive(response(query, 'a', { isAck: true }))).toEqual([]);
  });

  test('accepts no answer to another query and no late one', () => {
    const pool = new SerfFixture();
    const { query } = sendQuery(pool, { timeoutMs: 500 });
    expect(pool.receive(response(query, 'a', { id: query.id + 1 }))).toEqual([]);
    expect(pool.receive(response(query, 'a', { lamportTime: 9 }))).toEqual([]);
    expect(pool.advanceBy(500)).toEqual([{ type: 'query-over', queryId: 5 }]);
    expect(pool.receive(response(query, 'a'))).toEqual([]);
    expect(pool.serf.dropped).toEqual({ 'late-query-answer': 3 });
    expect(pool.serf.openQueriesCount).toBe(0);
  });

  test('accepts no more answers than the pool can send', () => {
    const pool = new SerfFixture();
    const { query } = sendQuery(pool);
    for (let i = 0; i < 100; i += 1) pool.receive(response(query, `forged-${i}`));
    expect(pool.serf.dropped).toEqual({ 'too-many-query-answers': 36 });
  });

  test('that its owner ends reports nothing more, not even at its deadline', () => {
    const pool = new SerfFixture();
    const { query } = sendQuery(pool);
    pool.step({ type: 'end-query', queryId: idOf(5) });
    expect(pool.receive(response(query, 'a'))).toEqual([]);
    expect(pool.advanceBy(4000)).toEqual([]);
  });

  test.for([
    [9, 3200],
    [10, 6400],
    [99, 6400],
    [100, 9600],
  ] as const)('waits in a pool of %i for %i ms', ([members, timeoutMs]) => {
    const pool = new SerfFixture();
    for (let i = 1; i < members; i += 1) pool.up(`m${i}`);
    expect(pool.serf.defaultQueryTimeoutMs).toBe(timeoutMs);
  });
});
