import { describe, expect, test } from 'vitest';
import {
  addressOf,
  notesIn,
  SwimFixture,
  selfAddress,
  sentIn,
  sentOf,
} from '../../../test/support/swim-fixture.ts';
import type { IndirectPing } from '../../wire/swim-messages.ts';

const requester = { host: '127.0.5.5', port: 7000 };
const request: IndirectPing = {
  type: 'indirect-ping',
  seq: 42,
  target: addressOf('t'),
  node: 't',
  nack: true,
  replyTo: requester,
};

describe('an indirect ping for another member, SWIM §3.1 and gossip.md 3.4.6', () => {
  const quiet = { timing: { gossipIntervalMs: 1e9, pushPullIntervalMs: 0 } };

  test('becomes a ping of ours with our own sequence number, to a member that may be unknown', () => {
    const pool = new SwimFixture(quiet);
    const [sent] = sentIn(pool.receive(request));
    expect(sent?.to).toEqual(addressOf('t'));
    expect(sent?.messages[0]).toMatchObject({ type: 'ping', seq: 1, node: 't', replyTo: selfAddress });
  });

  test('passes the ack on to the requester with its sequence number and without the payload', () => {
    const pool = new SwimFixture(quiet);
    const [ping] = sentOf(pool.receive(request), 'ping');
    const answer = pool.receive({ type: 'ack', seq: ping?.seq ?? 0, payload: new Uint8Array([1, 2, 3]) });
    expect(sentIn(answer)).toMatchObject([{ to: requester }]);
    expect(sentOf(answer, 'ack')).toEqual([{ type: 'ack', seq: 42, payload: new Uint8Array(0) }]);
  });

  test('passes an ack on once, and sends no nack then', () => {
    const pool = new SwimFixture(quiet);
    const [ping] = sentOf(pool.receive(request), 'ping');
    const ack = { type: 'ack', seq: ping?.seq ?? 0, payload: new Uint8Array(0) } as const;
    pool.receive(ack);
    expect(pool.receive(ack)).toEqual([]);
    expect(sentOf(pool.runTo(1000), 'nack')).toEqual([]);
  });

  test('leaves no deadline behind once it is answered', () => {
    const pool = new SwimFixture(quiet);
    pool.runTo(0);
    const [ping] = sentOf(pool.receive(request), 'ping');
    expect(pool.swim.nextDeadlineMs()).toBe(500);
    pool.receive({ type: 'ack', seq: ping?.seq ?? 0, payload: new Uint8Array(0) });
    expect(pool.swim.nextDeadlineMs()).toBe(1000);
  });

  test('leads to a nack when the target does not answer within the probe timeout', () => {
    const pool = new SwimFixture(quiet);
    pool.receive(request);
    expect(sentOf(pool.runTo(499), 'nack')).toEqual([]);
    const effects = pool.runTo(500);
    expect(sentOf(effects, 'nack')).toEqual([{ type: 'nack', seq: 42 }]);
    expect(sentIn(effects)[0]?.to).toEqual(requester);
  });

  test('sends no nack when none is wanted, and ignores an ack that comes too late', () => {
    const pool = new SwimFixture(quiet);
    const [ping] = sentOf(pool.receive({ ...request, nack: false }), 'ping');
    expect(sentIn(pool.runTo(1000))).toEqual([]);
    expect(pool.receive({ type: 'ack', seq: ping?.seq ?? 0, payload: new Uint8Array(0) })).toEqual([]);
  });

  test("answers to the datagram's source when the request names no address, and fills in our port for the target's", () => {
    const pool = new SwimFixture(quiet);
    const { replyTo: _, ...bare } = request;
    const [sent] = sentIn(pool.receive({ ...bare, target: { host: '127.0.1.1', port: 0 } }));
    expect(sent?.to).toEqual({ host: '127.0.1.1', port: 7946 });
    expect(sentIn(pool.runTo(500))[0]?.to).toEqual({ host: '127.0.0.9', port: 7946 });
  });

  test('is one of 1,024 at most; more are ignored with a warning until one has ended', () => {
    const pool = new SwimFixture(quiet);
    for (let seq = 0; seq < 1024; seq += 1) expect(sentIn(pool.receive({ ...request, seq }))).toHaveLength(1);
    const refused = pool.receive(request);
    expect(sentIn(refused)).toEqual([]);
    expect(notesIn(refused).map(({ level }) => level)).toEqual(['warn']);
    expect(sentOf(pool.runTo(500), 'nack')).toHaveLength(1024);
    expect(sentIn(pool.receive(request))).toHaveLength(1);
  });
});
