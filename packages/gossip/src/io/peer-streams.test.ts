import { describe, expect, test } from 'vitest';
import { FakeStreams } from '../../test/support/fake-transports.ts';
import { idOf } from '../../test/support/ids.ts';
import { addressOf, entry, pushPull, selfAddress } from '../../test/support/swim-fixture.ts';
import type { CoreInput } from '../core.ts';
import { systemEntropy } from '../runtime/system-ports.ts';
import { createKeyring } from '../wire/encryption.ts';
import { encodeStreamMessage, StreamDecoder } from '../wire/stream-frames.ts';
import type { StreamMessage } from '../wire/swim-messages.ts';
import type { WireError } from '../wire-error.ts';
import { PeerStreams, type WireSecurity } from './peer-streams.ts';

const plain: WireSecurity = {
  keyring: undefined,
  verifyIncoming: true,
  verifyOutgoing: true,
  label: '',
  skipInboundLabelCheck: false,
  compression: false,
};
const withKey = (fill: number): WireSecurity => ({
  ...plain,
  keyring: createKeyring([new Uint8Array(16).fill(fill)]),
});
const from = addressOf('p');
const ping = { type: 'ping', seq: 3, node: 'self' } as const;
const ack = { type: 'ack', seq: 3, payload: new Uint8Array(0) } as const;

function setUp(security: WireSecurity = plain) {
  const inputs: CoreInput[] = [];
  const dropped: WireError[] = [];
  const bytes = { sent: 0, received: 0 };
  const streams = new FakeStreams(selfAddress);
  const peerStreams = new PeerStreams({
    streams,
    security,
    entropy: systemEntropy(),
    traffic: {
      streamDropped: (error) => dropped.push(error),
      streamBytes: (direction, count) => {
        bytes[direction] += count;
      },
    },
    feed: (input) => inputs.push(input),
  });
  peerStreams.listen();
  return { peerStreams, streams, inputs, dropped, bytes };
}

function encode(
  message: StreamMessage,
  security: WireSecurity = plain,
  writeLabelHeader = false,
): Uint8Array {
  return encodeStreamMessage(message, { ...security, writeLabelHeader, nonce: () => new Uint8Array(12) });
}

function decode(bytes: Uint8Array, security: WireSecurity = plain): StreamMessage | undefined {
  return new StreamDecoder({ ...security, expectLabelHeader: false }).push(bytes);
}

describe('a request to a peer', () => {
  test('writes the request, reads the answer in any chunks, and closes', () => {
    const { peerStreams, streams, inputs, bytes } = setUp();
    peerStreams.begin(idOf(7), from, pushPull([entry('a', 'alive')]), 1000);
    const [stream] = streams.dialled;
    expect(decode(stream?.bytes ?? new Uint8Array(0))).toEqual(pushPull([entry('a', 'alive')]));
    const answer = encode(pushPull([entry('b', 'alive')]));
    for (const byte of answer) stream?.peerSends(Uint8Array.of(byte));
    expect(inputs).toEqual([
      { type: 'push-pull-reply', streamId: 7, state: pushPull([entry('b', 'alive')]) },
    ]);
    expect(stream?.state).toBe('destroyed');
    expect(bytes).toEqual({ sent: stream?.bytes.length, received: answer.length });
    stream?.peerSends(answer);
    stream?.closes();
    expect(inputs).toHaveLength(1);
  });

  test('reports the ack of a stream ping', () => {
    const { peerStreams, streams, inputs } = setUp();
    peerStreams.begin(idOf(8), from, ping, 1000);
    streams.dialled[0]?.peerSends(encode(ack));
    expect(inputs).toEqual([{ type: 'stream-ping-reply', streamId: 8, ack }]);
  });

  test.each([
    ['is reset', (stream: FakeStreams['dialled'][0]) => stream.closes(new Error('reset')), 'reset'],
    [
      'is closed without an answer',
      (stream: FakeStreams['dialled'][0]) => stream.peerEnds(),
      'without an answer',
    ],
    [
      'is answered with an error',
      (stream: FakeStreams['dialled'][0]) => stream.peerSends(encode({ type: 'error', message: 'no' })),
      'the peer refused: no',
    ],
    [
      'is answered with something else',
      (stream: FakeStreams['dialled'][0]) => stream.peerSends(encode(pushPull([]))),
      'unexpected push-pull',
    ],
    [
      'is answered with nonsense',
      (stream: FakeStreams['dialled'][0]) => stream.peerSends(Uint8Array.of(99)),
      'message type 99',
    ],
  ])('fails once, with the reason, when it %s', (_, happens, reason) => {
    const { peerStreams, streams, inputs } = setUp();
    peerStreams.begin(idOf(9), from, ping, 1000);
    const [stream] = streams.dialled;
    if (stream === undefined) throw new Error('nothing was dialled');
    happens(stream);
    stream.closes();
    expect(inputs).toMatchObject([{ type: 'stream-ping-failed', streamId: 9 }]);
    expect(inputs[0]).toHaveProperty('failure.reason', expect.stringContaining(reason));
    expect(stream.state).toBe('destroyed');
  });

  test('fails when the peer answers with another key', () => {
    const { peerStreams, streams, inputs, dropped } = setUp(withKey(1));
    peerStreams.begin(idOf(9), from, pushPull([]), 1000);
    streams.dialled[0]?.peerSends(encode({ type: 'error', message: 'x' }, withKey(2)));
    expect(inputs[0]).toHaveProperty('failure.reason', expect.stringContaining('no key fits'));
    expect(dropped.map(({ code }) => code)).toEqual(['WIRE_DECRYPT']);
  });

  test('fails without dialling when our state is larger than peers accept', () => {
    const { peerStreams, streams, inputs, dropped } = setUp();
    const userState = new Uint8Array(20 * 1024 * 1024 + 1);
    peerStreams.begin(idOf(9), from, { ...pushPull([]), userState }, 1000);
    expect(streams.dialled).toEqual([]);
    expect(inputs).toMatchObject([{ type: 'push-pull-failed', streamId: 9 }]);
    expect(dropped.map(({ code }) => code)).toEqual(['WIRE_LIMIT']);
  });
});

describe('a stream that a peer opens', () => {
  test('becomes a request with an id, and is answered', () => {
    const { peerStreams, streams, inputs } = setUp();
    const stream = streams.accept(from);
    stream.peerSends(encode(ping));
    expect(inputs).toEqual([{ type: 'stream-ping-request', streamId: 1, ping }]);
    peerStreams.reply(idOf(1), ack);
    expect(decode(stream.bytes)).toEqual(ack);
    expect(stream.state).toBe('ended');
    peerStreams.reply(idOf(1), ack);
    expect(stream.written).toHaveLength(1);
  });

  test('is closed without an answer when the core closes it', () => {
    const { peerStreams, streams } = setUp();
    const stream = streams.accept(from);
    stream.peerSends(encode(ping));
    peerStreams.drop(idOf(1));
    peerStreams.reply(idOf(1), ack);
    expect([stream.state, stream.written]).toEqual(['destroyed', []]);
  });

  test('has one request; a second one is ignored', () => {
    const { streams, inputs } = setUp();
    const stream = streams.accept(from);
    stream.peerSends(Buffer.concat([encode(ping), encode(ping)]));
    stream.peerSends(encode(ping));
    expect(inputs).toHaveLength(1);
  });

  test('may have a user message, which is not answered', () => {
    const { streams, inputs } = setUp();
    const stream = streams.accept(from);
    stream.peerSends(encode({ type: 'user', payload: Uint8Array.of(5) }));
    expect(inputs).toEqual([
      { type: 'packet', from, messages: [{ type: 'user', payload: Uint8Array.of(5) }] },
    ]);
    expect([stream.state, stream.written]).toEqual(['ended', []]);
  });

  test.each([
    ['an answer', encode(ack)],
    ['an error', encode({ type: 'error', message: 'no' })],
    ['nonsense', Uint8Array.of(99)],
  ])('is closed without an answer when it has %s', (_, bytes) => {
    const { streams, inputs } = setUp();
    const stream = streams.accept(from);
    stream.peerSends(bytes);
    expect([inputs, stream.state, stream.written]).toEqual([[], 'destroyed', []]);
  });

  test('is answered with an error message when its encryption does not match', () => {
    const { streams, dropped } = setUp(withKey(1));
    const stream = streams.accept(from);
    stream.peerSends(encode(ping));
    const answer = decode(stream.bytes, withKey(1));
    expect(answer).toMatchObject({ type: 'error', message: expect.stringContaining('not encrypted') });
    expect(stream.state).toBe('ended');
    expect(dropped.map(({ code }) => code)).toEqual(['WIRE_DECRYPT']);
  });

  test('is closed without an answer when its label differs', () => {
    const { streams, dropped } = setUp({ ...plain, label: 'prod' });
    const stream = streams.accept(from);
    stream.peerSends(encode(ping, { ...plain, label: 'test' }, true));
    expect([stream.state, stream.written]).toEqual(['destroyed', []]);
    expect(dropped.map(({ code }) => code)).toEqual(['WIRE_LABEL']);
  });

  test('that ends before its request is complete is closed', () => {
    const { streams, inputs } = setUp();
    const stream = streams.accept(from);
    stream.peerSends(encode(ping).subarray(0, 3));
    stream.peerEnds();
    stream.closes();
    expect([inputs, stream.state]).toEqual([[], 'destroyed']);
  });

  test('shares 64 MiB with all others; an unfinished one frees its bytes when it closes', () => {
    const { streams, dropped } = setUp();
    const mib = new Uint8Array(1024 * 1024);
    const header = encode({ ...pushPull([]), userState: new Uint8Array(18 * 1024 * 1024) }).subarray(0, 64);
    const begin = (count: number) => {
      const stream = streams.accept(from);
      stream.peerSends(header);
      for (let i = 0; i < count; i += 1) stream.peerSends(mib);
      return stream;
    };
    const open = [begin(16), begin(16), begin(16), begin(15)];
    expect(dropped).toEqual([]);
    expect(begin(1).state).toBe('destroyed');
    expect(dropped.map(({ code }) => code)).toEqual(['WIRE_LIMIT']);
    for (const stream of open) stream.closes();
    begin(16);
    expect(dropped).toHaveLength(1);
  });
});
