import { describe, expect, test } from 'vitest';
import {
  addressOf,
  deaths,
  effectsOf,
  notesIn,
  SwimFixture,
  sentIn,
  sentOf,
} from '../../../test/support/swim-fixture.ts';
import type { SwimEffect } from '../types.ts';

const payload = new Uint8Array(0);
const closed = { code: 'SEED_CLOSED', reason: 'the peer closed the connection without an answer' } as const;

/** A pool with `a`, which is dead; nothing else happens. Chance never picks an address that is tried less often. */
function poolWithoutA(): SwimFixture {
  const timing = { pushPullIntervalMs: 0, gossipIntervalMs: 1e9, probeIntervalMs: 1e9 };
  const pool = new SwimFixture({ timing, random: [0.999] });
  pool.know('a');
  pool.receive(...deaths('a'));
  pool.runTo(10);
  return pool;
}

function reconnect(pool: SwimFixture): readonly SwimEffect[] {
  return pool.step({ type: 'reconnect', name: 'a', to: addressOf('a') });
}

/** Does not answer the datagram, and gives the stream ping that follows. */
function untilStream(pool: SwimFixture) {
  const [ping] = effectsOf(pool.runTo(pool.nowMs + 500), 'stream-ping');
  if (ping === undefined) throw new Error('no stream ping was sent');
  return ping;
}

describe('a reconnect to a failed member', () => {
  test('pings it by its name in a datagram without gossip, and begins a push/pull on an ack', () => {
    const pool = poolWithoutA();
    const asked = reconnect(pool);
    expect(sentIn(asked)).toMatchObject([{ to: addressOf('a'), messages: [{ type: 'ping', node: 'a' }] }]);
    expect(effectsOf(asked, 'push-pull')).toEqual([]);
    const seq = sentOf(asked, 'ping')[0]?.seq ?? 0;
    const begun = effectsOf(pool.receive({ type: 'ack', seq, payload }), 'push-pull');
    expect(begun).toMatchObject([{ to: addressOf('a'), state: { join: true } }]);
  });

  test('pings it over a stream when the datagram is not answered; an ack there is enough', () => {
    const pool = poolWithoutA();
    reconnect(pool);
    const { streamId, ping, to } = untilStream(pool);
    expect([to, ping.node]).toEqual([addressOf('a'), 'a']);
    const ack = { type: 'ack', seq: ping.seq, payload } as const;
    const begun = effectsOf(pool.step({ type: 'stream-ping-reply', streamId, ack }), 'push-pull');
    expect(begun).toMatchObject([{ to: addressOf('a'), state: { join: true } }]);
  });

  test('logs once that another process has the address, and tries it less often', () => {
    const pool = poolWithoutA();
    reconnect(pool);
    const { streamId } = untilStream(pool);
    const denied = pool.step({ type: 'stream-ping-failed', streamId, failure: closed });
    expect(notesIn(denied).filter(({ level }) => level === 'info')).toMatchObject([
      { fields: { member: 'a', address: '127.0.1.97:7946' } },
    ]);
    expect(effectsOf([...denied, ...pool.runTo(pool.nowMs + 20_000)], 'push-pull')).toEqual([]);
    expect(reconnect(pool)).toEqual([]);
    expect(pool.step({ type: 'reconnect-ping', name: 'a', to: addressOf('a') })).toEqual([]);
    const elsewhere = { host: '127.0.2.1', port: 7946 };
    expect(sentOf(pool.step({ type: 'reconnect-ping', name: 'a', to: elsewhere }), 'ping')).toHaveLength(1);
  });

  test('takes a refused stream for an address without a process, as after any crash', () => {
    const pool = poolWithoutA();
    reconnect(pool);
    const failure = { code: 'SEED_REFUSED', reason: 'connection refused' } as const;
    const effects = pool.step({ type: 'stream-ping-failed', streamId: untilStream(pool).streamId, failure });
    expect(notesIn(effects).filter(({ level }) => level !== 'debug')).toEqual([]);
    expect(sentOf(reconnect(pool), 'ping')).toHaveLength(1);
  });
});

test('a ping for another member is logged once a day for each name, with a count', () => {
  const pool = new SwimFixture({ timing: { probeIntervalMs: 1e9, pushPullIntervalMs: 0 } });
  const warned = (node: string) =>
    notesIn(pool.receive({ type: 'ping', seq: 1, node })).map((note) => note.fields);
  expect(warned('m3')).toEqual([{ node: 'm3', suppressedCount: 0 }]);
  expect(warned('m3')).toEqual([]);
  expect(warned('m4')).toEqual([{ node: 'm4', suppressedCount: 0 }]);
  pool.nowMs += 24 * 3_600_000;
  expect(warned('m3')).toEqual([{ node: 'm3', suppressedCount: 1 }]);
});
