import { expect, test } from 'vitest';
import { notesIn, peerAddress, SerfFixture } from '../../test/serf-fixture.ts';
import { encodeSerfMessage } from '../wire/serf-codec.ts';

test('a relayed message is sent to its destination, byte for byte', () => {
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

test('invalid messages are counted and change nothing', () => {
  const pool = new SerfFixture();
  for (const payload of [new Uint8Array(0), Uint8Array.of(200, 1), Uint8Array.of(0, 0xc1)]) {
    const effects = pool.step({ type: 'user-message', payload, from: peerAddress });
    expect(notesIn(effects)).toMatchObject([{ level: 'debug', fields: { from: '127.0.0.9' } }]);
    expect(effects).toHaveLength(1);
  }
  expect(Object.values(pool.serf.dropped).reduce((sum, count) => sum + count, 0)).toBe(3);
});

test('a push/pull state that arrives as gossip is ignored and counted', () => {
  const pool = new SerfFixture();
  pool.up('a');
  const payload = pool.serf.localState();
  expect(pool.step({ type: 'user-message', payload, from: peerAddress })).toEqual([]);
  expect(pool.serf.dropped).toEqual({ 'misplaced-push-pull': 1 });
});
