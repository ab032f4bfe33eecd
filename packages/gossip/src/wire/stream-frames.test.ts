import { expect, test } from 'vitest';
import { encodeMsgpack } from '../codec/msgpack.ts';
import { compressMessage } from './compression.ts';
import { createKeyring } from './encryption.ts';
import { labelHeader } from './label.ts';
import { streamRecordBytesMax } from './limits.ts';
import {
  type EncodeStreamOptions,
  encodeStreamMessage,
  StreamDecoder,
  type StreamDecoderOptions,
} from './stream-frames.ts';
import type { PushPull, PushPullNode, StreamMessage } from './swim-messages.ts';

const keyring = createKeyring([Buffer.from('0123456789abcdef')]);
const strangers = createKeyring([Buffer.alloc(32, 9)]);
const accepted: StreamDecoderOptions = { verifyIncoming: true, label: '', expectLabelHeader: true };
const bare: EncodeStreamOptions = {
  compression: false,
  verifyOutgoing: true,
  label: '',
  writeLabelHeader: true,
  nonce: () => new Uint8Array(12),
};

const node = (index: number): PushPullNode => ({
  name: `node-${index}`,
  addr: Uint8Array.of(10, 0, index >> 8, index & 0xff),
  port: 7946,
  meta: Uint8Array.from(Buffer.from(`meta of ${index}`)),
  incarnation: index,
  state: (['alive', 'suspect', 'dead', 'left'] as const)[index % 4] ?? 'alive',
  versions: {
    protocolMin: 1,
    protocolMax: 5,
    protocolCur: 2,
    delegateMin: 2,
    delegateMax: 5,
    delegateCur: 5,
  },
});

const pushPull: PushPull = {
  type: 'push-pull',
  join: true,
  nodes: Array.from({ length: 400 }, (_, index) => node(index)),
  userState: Uint8Array.from({ length: 3000 }, (_, index) => index * 7),
};

const messages: readonly StreamMessage[] = [
  pushPull,
  { type: 'push-pull', join: false, nodes: [], userState: new Uint8Array(0) },
  { type: 'ping', seq: 1, node: 'b' },
  { type: 'ack', seq: 1, payload: new Uint8Array(0) },
  { type: 'user', payload: Uint8Array.from(Buffer.from('payload')) },
  { type: 'user', payload: new Uint8Array(0) },
  { type: 'error', message: 'no key fits' },
];

const refusal = (code: string) => expect.objectContaining({ name: 'WireError', code });
const msgpack = (type: number, body: unknown) => encodeMsgpack(body, { prefix: [type] });

/** Pushes a stream in pieces and expects the message with the last one, not before. */
function feed(
  stream: Uint8Array,
  options: StreamDecoderOptions,
  pieceBytes: number,
): StreamMessage | undefined {
  const decoder = new StreamDecoder(options);
  for (let at = 0; at < stream.length; at += pieceBytes) {
    const message = decoder.push(stream.slice(at, at + pieceBytes));
    if (message === undefined) continue;
    expect(at + pieceBytes).toBeGreaterThanOrEqual(stream.length);
    expect(decoder.bufferedBytes).toBe(0);
    return message;
  }
  return undefined;
}

/** The error of a refused stream, and the text of the error message that answers it. */
function refuse(stream: Uint8Array, options: StreamDecoderOptions = accepted) {
  const decoder = new StreamDecoder(options);
  try {
    decoder.push(stream);
  } catch (error) {
    expect(decoder.bufferedBytes).toBe(0);
    expect(decoder.push(stream)).toBeUndefined();
    return { error, answer: decoder.faultAnswer };
  }
  throw new Error('the stream was not refused');
}

test('every message is decoded as it was encoded, with every layer, in one piece and byte by byte', () => {
  for (const message of messages) {
    for (const compression of [true, false]) {
      for (const ring of [{}, { keyring }]) {
        for (const label of ['', 'blue']) {
          const stream = encodeStreamMessage(message, { ...bare, compression, ...ring, label });
          const options = { ...accepted, ...ring, label };
          expect(feed(stream, options, stream.length)).toEqual(message);
          expect(feed(stream, options, 1000)).toEqual(message);
          expect(feed(stream, options, 1)).toEqual(message);
        }
      }
    }
  }
});

test('an answer has no label header, but the label is authenticated', () => {
  const answer = encodeStreamMessage(pushPull, { ...bare, keyring, label: 'blue', writeLabelHeader: false });
  const dialled = { ...accepted, keyring, label: 'blue', expectLabelHeader: false };
  expect(feed(answer, dialled, 500)).toEqual(pushPull);
  expect(refuse(answer, { ...dialled, label: 'grey' }).error).toEqual(refusal('WIRE_DECRYPT'));
  expect(refuse(answer, { ...dialled, expectLabelHeader: true }).error).toEqual(refusal('WIRE_LABEL'));
});

test('a stream whose label was stripped on the way here must not have one', () => {
  const stripped = { ...accepted, keyring, label: 'blue', skipInboundLabelCheck: true };
  const sealing = { ...bare, keyring, label: 'blue' };
  const unlabelled = encodeStreamMessage(pushPull, { ...sealing, writeLabelHeader: false });
  expect(feed(unlabelled, stripped, 500)).toEqual(pushPull);
  expect(refuse(unlabelled, { ...stripped, label: 'grey' }).error).toEqual(refusal('WIRE_DECRYPT'));
  const labelled = encodeStreamMessage(pushPull, { ...sealing, writeLabelHeader: true });
  expect(refuse(labelled, stripped).error).toEqual(refusal('WIRE_LABEL'));
});

test('compression is applied on streams even when it makes the message larger', () => {
  const ping: StreamMessage = { type: 'ping', seq: 1, node: 'b' };
  const compressed = encodeStreamMessage(ping, { ...bare, compression: true });
  expect(compressed[0]).toBe(9);
  expect(compressed.length).toBeGreaterThan(encodeStreamMessage(ping, bare).length);
});

test('bytes after the message are ignored', () => {
  const stream = encodeStreamMessage({ type: 'ping', seq: 1, node: 'b' }, bare);
  const decoder = new StreamDecoder(accepted);
  expect(decoder.push(Buffer.concat([stream, stream]))).toEqual({ type: 'ping', seq: 1, node: 'b' });
  expect(decoder.push(stream)).toBeUndefined();
  expect(decoder.bufferedBytes).toBe(0);
});

test('a stream with the wrong encryption or compression is answered with the reason', () => {
  const message: StreamMessage = { type: 'ping', seq: 1, node: 'b' };
  const sealed = encodeStreamMessage(message, { ...bare, keyring });
  const cases = [
    [sealed, accepted, 'WIRE_DECRYPT', 'the stream is encrypted, but no key is configured here'],
    [
      encodeStreamMessage(message, bare),
      { ...accepted, keyring },
      'WIRE_DECRYPT',
      'encryption is configured here, but the stream is not encrypted',
    ],
    [sealed, { ...accepted, keyring: strangers }, 'WIRE_DECRYPT', 'no key fits; the ring has 1'],
    [
      Buffer.of(0x0a, 0x01, 0x40, 0, 1),
      { ...accepted, keyring },
      'WIRE_LIMIT',
      expect.stringContaining('20971521'),
    ],
    [Buffer.of(0x0a, 0, 0, 0, 0), { ...accepted, keyring }, 'WIRE_TRUNCATED', 'nothing to decrypt'],
    [
      msgpack(9, { Algo: 1, Buf: Buffer.of(0) }),
      accepted,
      'WIRE_UNKNOWN_TYPE',
      'compression algorithm 1 is unknown',
    ],
    [msgpack(9, { Algo: 0, Buf: Buffer.of(0) }), accepted, 'WIRE_TRUNCATED', 'an LZW stream has no end code'],
    [Buffer.of(9, 0xd4, 1, 1), accepted, 'WIRE_MALFORMED', expect.any(String)],
  ] as const;
  for (const [stream, options, code, answer] of cases) {
    expect(refuse(stream, options)).toEqual({ error: refusal(code), answer });
  }
});

test('an encrypted or compressed message without content is refused', () => {
  const empty = keyring.seal(new Uint8Array(0), {
    nonce: new Uint8Array(12),
    aad: Buffer.of(0x0a, 0, 0, 0, 29),
  });
  const frame = Buffer.concat([Buffer.of(0x0a, 0, 0, 0, 29), empty]);
  expect(refuse(frame, { ...accepted, keyring }).error).toEqual(refusal('WIRE_TRUNCATED'));
  expect(refuse(compressMessage(new Uint8Array(0))).error).toEqual(refusal('WIRE_TRUNCATED'));
});

test('a stream with a wrong label or an invalid message gets no answer', () => {
  const message: StreamMessage = { type: 'ping', seq: 1, node: 'b' };
  const unanswered = [
    [encodeStreamMessage(message, { ...bare, label: 'red' }), accepted, 'WIRE_LABEL'],
    [encodeStreamMessage(message, bare), { ...accepted, label: 'blue' }, 'WIRE_LABEL'],
    [Buffer.concat([labelHeader('blu'), Buffer.of(0)]), { ...accepted, label: 'blue' }, 'WIRE_LABEL'],
    [Buffer.of(0xf4, 0, 0), accepted, 'WIRE_LABEL'],
    [Buffer.of(4, 0x80), accepted, 'WIRE_UNKNOWN_TYPE'],
    [compressMessage(compressMessage(Buffer.of(0, 0x80))), accepted, 'WIRE_UNKNOWN_TYPE'],
    [compressMessage(Buffer.of(0, 0x81)), accepted, 'WIRE_TRUNCATED'],
    [msgpack(0, { SeqNo: -1 }), accepted, 'WIRE_LIMIT'],
  ] as const;
  for (const [stream, options, code] of unanswered) {
    expect(refuse(stream, options)).toEqual({ error: refusal(code), answer: undefined });
  }
});

test.each([
  ['a negative number of nodes', { Nodes: -1 }],
  ['too many nodes', { Nodes: 1_048_577 }],
  ['a negative user state', { UserStateLen: -1 }],
  ['a user state beyond 20 MiB', { UserStateLen: 20 * 1024 * 1024 + 1 }],
  ['a number of nodes beyond 2^53', { Nodes: 2n ** 63n }],
])('a push/pull that announces %s is refused at its header', (_what, header) => {
  expect(refuse(msgpack(6, header)).error).toEqual(refusal('WIRE_LIMIT'));
});

test('a user message that announces too much is refused at its header', () => {
  expect(refuse(msgpack(8, { UserMsgLen: -1 })).error).toEqual(refusal('WIRE_LIMIT'));
  expect(refuse(msgpack(8, { UserMsgLen: 20 * 1024 * 1024 + 1 })).error).toEqual(refusal('WIRE_LIMIT'));
});

test('bytes that a peer announces but does not send take no memory', () => {
  const frame = new StreamDecoder({ ...accepted, keyring });
  expect(frame.push(Buffer.of(0x0a, 0x01, 0x40, 0, 0))).toBeUndefined();
  expect(frame.bufferedBytes).toBe(5);
  const state = new StreamDecoder(accepted);
  expect(state.push(msgpack(6, { Nodes: 1_048_576, UserStateLen: 20 * 1024 * 1024 }))).toBeUndefined();
  expect(state.bufferedBytes).toBe(0);
});

test('a record that does not end is refused', () => {
  const endless = Buffer.concat([
    Buffer.of(0, 0xdf, 0xff, 0xff, 0xff, 0xff),
    Buffer.alloc(streamRecordBytesMax, 0xa0),
  ]);
  expect(refuse(endless).error).toEqual(refusal('WIRE_LIMIT'));
});

test('a compressed stream may expand to 40 MiB, and no more', () => {
  const bomb = compressMessage(Buffer.alloc(40 * 1024 * 1024 + 1));
  expect(refuse(bomb)).toEqual({ error: refusal('WIRE_LIMIT'), answer: expect.any(String) });
});

test('invalid entries of a push/pull are skipped and counted, the others are decoded', () => {
  const entry = { Addr: Buffer.of(10, 0, 0, 1), Incarnation: 1, Name: 'good', Port: 1, State: 0 };
  const entries = [
    entry,
    { ...entry, Addr: Buffer.of(10, 0, 1) },
    { ...entry, Name: '' },
    { ...entry, State: 4 },
    { ...entry, Incarnation: 2n ** 40n },
    { ...entry, Name: 5 },
    null,
    { ...entry, Name: 'also good', Vsn: Buffer.of(1, 5, 2) },
  ];
  const header = msgpack(6, { Join: false, Nodes: entries.length, UserStateLen: 2 });
  const stream = Buffer.concat([header, ...entries.map((item) => encodeMsgpack(item)), Buffer.from('us')]);
  const decoder = new StreamDecoder(accepted);
  const message = decoder.push(stream);
  expect(message?.type === 'push-pull' && message.nodes.map(({ name }) => name)).toEqual([
    'good',
    'also good',
  ]);
  expect(message?.type === 'push-pull' && Buffer.from(message.userState).toString()).toBe('us');
  expect(message).not.toHaveProperty('nodes.1.versions');
  expect(decoder.skipped).toEqual({ count: 6, first: refusal('WIRE_MALFORMED') });
});

test('while encryption is rolled out, plaintext is sent and accepted', () => {
  const message: StreamMessage = { type: 'ping', seq: 1, node: 'b' };
  const lenient = { ...accepted, keyring, verifyIncoming: false };
  const plain = encodeStreamMessage(message, { ...bare, keyring, verifyOutgoing: false });
  expect(plain[0]).toBe(0);
  expect(feed(plain, lenient, 3)).toEqual(message);
  expect(feed(encodeStreamMessage(message, { ...bare, keyring }), lenient, 3)).toEqual(message);
});

test('messages share no memory with the received chunks', () => {
  const chunk = Buffer.from(encodeStreamMessage(pushPull, bare));
  const message = new StreamDecoder(accepted).push(chunk);
  chunk.fill(0);
  expect(message).toEqual(pushPull);
});

test('a message that is too large for peers is not encoded', () => {
  const payload = new Uint8Array(20 * 1024 * 1024);
  expect(() => encodeStreamMessage({ type: 'user', payload }, { ...bare, keyring })).toThrow(
    refusal('WIRE_LIMIT'),
  );
  expect(() =>
    encodeStreamMessage({ type: 'user', payload: new Uint8Array(payload.length + 1) }, bare),
  ).toThrow(refusal('WIRE_LIMIT'));
});

test('a large push/pull that arrives byte by byte takes time in proportion to its size', () => {
  const small = encodeStreamMessage(pushPull, bare);
  const large = encodeStreamMessage(
    { ...pushPull, nodes: Array.from({ length: 8000 }, (_, i) => node(i)) },
    bare,
  );
  expect(feed(small, accepted, 1)).toEqual(pushPull);
  const decoder = new StreamDecoder(accepted);
  let buffered = 0;
  for (let at = 0; at < large.length - 1; at += 1) {
    decoder.push(large.subarray(at, at + 1));
    buffered = Math.max(buffered, decoder.bufferedBytes);
  }
  // Entries are decoded as they end, so the decoder buffers one entry or the user state, never the whole list.
  expect(buffered).toBeLessThanOrEqual(pushPull.userState.length);
  expect(decoder.push(large.subarray(large.length - 1))).toHaveProperty('nodes.length', 8000);
});
