import { describe, expect, test } from 'vitest';
import { idOf } from '../../../test/support/ids.ts';
import {
  addressOf,
  effectsOf,
  SwimFixture,
  type SwimFixtureOptions,
  selfAddress,
  sentOf,
} from '../../../test/support/swim-fixture.ts';
import type { Ack } from '../../wire/swim-messages.ts';
import type { SwimEffect } from '../types.ts';

const payload = Uint8Array.of(1, 0x80);
const answer = (seq: number): Ack => ({ type: 'ack', seq, payload });

/** A pool that probes at 0, 1000, 2000 ... and gossips only with its probes. */
function pool(names: readonly string[], options: SwimFixtureOptions = {}): SwimFixture {
  const made = new SwimFixture({ ...options, timing: { pushPullIntervalMs: 0, gossipIntervalMs: 1e9 } });
  made.know(...names);
  return made;
}

/** Begins a round; returns the sequence number of its ping. */
function ping(made: SwimFixture): number {
  const [sent] = sentOf(made.runTo(0), 'ping');
  if (sent === undefined) throw new Error('no ping was sent');
  return sent.seq;
}

function roundTripsIn(effects: readonly SwimEffect[]) {
  return effectsOf(effects, 'probe-answered');
}

describe('the round trip of a probe', () => {
  test('is reported with the payload of the ack', () => {
    const made = pool(['a']);
    const seq = ping(made);
    made.runTo(37.5);
    expect(roundTripsIn(made.receive(answer(seq)))).toEqual([
      { type: 'probe-answered', name: 'a', rttMs: 37.5, payload },
    ]);
    expect(made.receive(answer(seq))).toEqual([]);
  });

  test('is reported up to the probe timeout, and not for acks of the indirect pings that follow', () => {
    const made = pool(['a', 'b']);
    const seq = ping(made);
    made.runTo(499);
    expect(roundTripsIn(made.receive(answer(seq)))).toHaveLength(1);
    const late = pool(['a', 'b']);
    const lateSeq = ping(late);
    late.runTo(500);
    expect(roundTripsIn(late.receive(answer(lateSeq)))).toEqual([]);
  });

  test('is not reported when the ping could not be sent', () => {
    const made = pool(['a']);
    const seq = ping(made);
    made.step({ type: 'send-failed', to: addressOf('a') });
    expect(roundTripsIn(made.receive(answer(seq)))).toEqual([]);
  });

  test('is reported although this process was a little late', () => {
    const made = pool(['a']);
    const seq = ping(made);
    made.runTo(20);
    made.nowMs = 35;
    expect(roundTripsIn(made.receive(answer(seq)))).toHaveLength(1);
  });

  test('is not reported when this process stalled and the ack may have lain unread', () => {
    const readFirst = pool(['a']);
    const first = ping(readFirst);
    readFirst.runTo(20);
    readFirst.nowMs = 36;
    expect(roundTripsIn(readFirst.receive(answer(first)))).toEqual([]);
    const wokenFirst = pool(['a']);
    const second = ping(wokenFirst);
    wokenFirst.stallTo(60);
    expect(roundTripsIn(wokenFirst.receive(answer(second)))).toEqual([]);
  });

  test('wakes the process no more once the round is over', () => {
    const made = pool(['a']);
    made.receive(answer(ping(made)));
    expect(made.swim.nextDeadlineMs()).toBe(1000);
  });
});

describe('the payload of our acks', () => {
  const delegate = { ackPayload: () => payload };

  test('comes from the layer above when the ping came over UDP', () => {
    const made = pool([], { delegate });
    expect(sentOf(made.receive({ type: 'ping', seq: 9, node: '' }), 'ack')).toEqual([answer(9)]);
  });

  test('is empty when the ping came over a stream, or the ack is passed on for another member', () => {
    const made = pool([], { delegate });
    const replies = made.step({
      type: 'stream-ping-request',
      streamId: idOf(3),
      ping: { type: 'ping', seq: 9, node: '' },
    });
    const nothing = { type: 'ack', payload: new Uint8Array(0) };
    expect(replies).toEqual([{ type: 'stream-reply', streamId: 3, message: { ...nothing, seq: 9 } }]);
    const effects = made.receive({
      type: 'indirect-ping',
      seq: 5,
      target: { host: '127.0.0.7', port: 7946 },
      node: 'far',
      nack: false,
      replyTo: selfAddress,
    });
    const [relayed] = sentOf(effects, 'ping');
    expect(sentOf(made.receive(answer(relayed?.seq ?? 0)), 'ack')).toEqual([{ ...nothing, seq: 5 }]);
  });
});
