import { expect, test } from 'vitest';
import { encodeMsgpack } from '../codec/msgpack.ts';
import { Reader } from '../codec/reader.ts';
import { encodeText } from '../codec/text.ts';
import { decodePacketMessage, encodePacketMessage } from './swim-codec.ts';
import { type Alive, MessageType, type PacketMessage } from './swim-messages.ts';

const bytes = (...values: number[]) => Uint8Array.of(...values);
const decode = (type: number, body: unknown) =>
  decodePacketMessage(new Reader(encodeMsgpack(body, { prefix: [type] })));
const hex = (message: PacketMessage) => Buffer.from(encodePacketMessage(message)).toString('hex');
const viaMsgpackr = (type: number, body: unknown) =>
  Buffer.from(encodeMsgpack(body, { prefix: [type] })).toString('hex');
const refusal = (code: string) => expect.objectContaining({ name: 'WireError', code });

const versions = {
  protocolMin: 1,
  protocolMax: 5,
  protocolCur: 2,
  delegateMin: 2,
  delegateMax: 5,
  delegateCur: 4,
};
const vsn = bytes(1, 5, 2, 2, 5, 4);
const name = `node-${'é'.repeat(40)}`;
const alive: Alive = {
  type: 'alive',
  incarnation: 70_000,
  node: name,
  addr: bytes(127, 0, 0, 1),
  port: 8301,
  meta: new Uint8Array(300).fill(0xff),
  versions,
};
const aliveBody = {
  Addr: alive.addr,
  Incarnation: 70_000,
  Meta: alive.meta,
  Node: name,
  Port: 8301,
  Vsn: vsn,
};

test('the hand-written encoders write the bytes of msgpackr and its rewriting', () => {
  const source = { replyTo: { host: '10.1.2.3', port: 65_535 }, sourceNode: name };
  const sourceBody = { SourceAddr: bytes(10, 1, 2, 3), SourceNode: name, SourcePort: 65_535 };
  const { replyTo, sourceNode } = source;
  const payload = new Uint8Array(200);
  const pairs: readonly (readonly [PacketMessage, number, object])[] = [
    [{ type: 'ping', seq: 300, node: name, ...source }, 0, { Node: name, SeqNo: 300, ...sourceBody }],
    [{ type: 'ping', seq: 3, node: '' }, 0, { Node: '', SeqNo: 3 }],
    [{ type: 'ping', seq: 3, node: 'b', sourceNode }, 0, { Node: 'b', SeqNo: 3, SourceNode: name }],
    [
      { type: 'ping', seq: 3, node: 'b', replyTo },
      0,
      { Node: 'b', SeqNo: 3, SourceAddr: bytes(10, 1, 2, 3), SourcePort: 65_535 },
    ],
    [{ type: 'ack', seq: 2 ** 32 - 1, payload }, 2, { Payload: payload, SeqNo: 2 ** 32 - 1 }],
    [{ type: 'ack', seq: 1, payload: new Uint8Array(0) }, 2, { Payload: null, SeqNo: 1 }],
    [{ type: 'nack', seq: 128 }, 11, { SeqNo: 128 }],
    [
      { type: 'suspect', incarnation: 9, node: name, from: 'x' },
      3,
      { From: 'x', Incarnation: 9, Node: name },
    ],
    [{ type: 'dead', incarnation: 9, node: name, from: name }, 5, { From: name, Incarnation: 9, Node: name }],
    [alive, 4, aliveBody],
    [{ ...alive, meta: new Uint8Array(0) }, 4, { ...aliveBody, Meta: null }],
  ];
  for (const [message, type, body] of pairs) expect(hex(message)).toBe(viaMsgpackr(type, body));
});

test('an indirect ping has its keys in ascending order, the nack flag always among them', () => {
  const target = { host: '127.0.0.2', port: 7946 };
  expect(hex({ type: 'indirect-ping', seq: 1, target, node: 'c', nack: false })).toBe(
    viaMsgpackr(1, { Nack: false, Node: 'c', Port: 7946, SeqNo: 1, Target: bytes(127, 0, 0, 2) }),
  );
});

test('an alive without versions is sent with six zero bytes', () => {
  const { versions: _, ...unversioned } = alive;
  expect(hex(unversioned)).toBe(viaMsgpackr(4, { ...aliveBody, Vsn: new Uint8Array(6) }));
});

test.each([0, 1, 2, 3, 4, 5, 7])('versions of %d bytes count as absent', (count) => {
  const message = decode(MessageType.alive, { ...aliveBody, Vsn: new Uint8Array(count).fill(1) });
  expect(message).not.toHaveProperty('versions');
  expect(message).toHaveProperty('node', name);
});

test('an alive with versions as a list of numbers is decoded', () => {
  expect(decode(MessageType.alive, { ...aliveBody, Vsn: [1, 5, 2, 2, 5, 4] })).toEqual(alive);
});

test.each([0, 3, 5, 15, 17])('an alive with an address of %d bytes is refused', (count) => {
  expect(() => decode(MessageType.alive, { ...aliveBody, Addr: new Uint8Array(count) })).toThrow(
    refusal('WIRE_MALFORMED'),
  );
});

test('messages about a node without a name are refused', () => {
  for (const type of [MessageType.alive, MessageType.suspect, MessageType.dead]) {
    expect(() => decode(type, { ...aliveBody, Node: '' })).toThrow(refusal('WIRE_MALFORMED'));
  }
  expect(decode(MessageType.ping, { SeqNo: 1 })).toEqual({ type: 'ping', seq: 1, node: '' });
});

test('numbers out of range are refused', () => {
  for (const body of [
    { Incarnation: 2 ** 32 },
    { Incarnation: -1 },
    { Port: 65_536 },
    { Incarnation: 2n ** 64n - 1n },
  ]) {
    expect(() => decode(MessageType.alive, { ...aliveBody, ...body })).toThrow(refusal('WIRE_LIMIT'));
  }
  expect(() => decode(MessageType.ping, { SeqNo: 1.5 })).toThrow(refusal('WIRE_MALFORMED'));
});

test('a ping has a reply address only when it has both the address and the port', () => {
  const addr = bytes(127, 0, 0, 1);
  expect(decode(0, { SeqNo: 1, SourceAddr: addr, SourcePort: 9 })).toHaveProperty('replyTo', {
    host: '127.0.0.1',
    port: 9,
  });
  for (const source of [
    { SourceAddr: addr },
    { SourceAddr: addr, SourcePort: 0 },
    { SourcePort: 9 },
    { SourceAddr: null, SourcePort: null, SourceNode: null },
  ]) {
    expect(decode(0, { SeqNo: 1, ...source })).toEqual({ type: 'ping', seq: 1, node: '' });
  }
  expect(() => decode(0, { SeqNo: 1, SourceAddr: bytes(1, 2, 3), SourcePort: 9 })).toThrow(
    refusal('WIRE_MALFORMED'),
  );
});

test('a name in invalid UTF-8 is encoded as it was received', () => {
  const suspect = encodeMsgpack(
    { From: bytes(0xff), Incarnation: 1, Node: bytes(0x61, 0xe9) },
    { prefix: [3] },
  );
  const message = decodePacketMessage(new Reader(suspect));
  expect(Buffer.from(encodePacketMessage(message)).equals(suspect)).toBe(true);
  expect(message.type === 'suspect' && [...encodeText(message.node)]).toEqual([0x61, 0xe9]);
  const target = { host: '127.0.0.2', port: 1 };
  const indirect: PacketMessage = { type: 'indirect-ping', seq: 1, target, node: 'a\udce9', nack: true };
  expect(decodePacketMessage(new Reader(encodePacketMessage(indirect)))).toEqual(indirect);
});

test('a message given as a list has its fields in the order of the Go struct', () => {
  expect(decode(4, [7, 'b', alive.addr, 8301, null, vsn])).toEqual({
    ...alive,
    incarnation: 7,
    node: 'b',
    meta: new Uint8Array(0),
  });
  expect(decode(1, [5, bytes(127, 0, 0, 2), 80, 'c', true])).toEqual({
    type: 'indirect-ping',
    seq: 5,
    target: { host: '127.0.0.2', port: 80 },
    node: 'c',
    nack: true,
  });
});
