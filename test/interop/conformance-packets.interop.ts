import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTarget, targetNames } from './conformance-targets.ts';
import type { Peer } from './peer.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { compound, compressed, encrypted, withCrc } from './wire-kit/layers.ts';
import { ipv4, message, nil, Type } from './wire-kit/messages.ts';
import { asFields, bin8, float64, int32, str8, unpack, type Writable } from './wire-kit/msgpack.ts';
import { RawPeer } from './wire-kit/raw-peer.ts';

const addresses = new LoopbackAddresses(2);
const key = Buffer.from('0123456789abcdef');

interface Case {
  readonly title: string;
  /** Builds the packet around a ping with this sequence number. */
  readonly packet: (seq: number, from: RawPeer) => Buffer;
  readonly answered: boolean;
  /** Ours answers although real agents do not: the writer is strict and the reader lenient. */
  readonly answeredByOurs?: true;
}

const ping = (seq: number, fields: { readonly [key: string]: Writable } = {}) =>
  message(Type.ping, { Node: 'target', SeqNo: seq, ...fields });

const pingForms: readonly Case[] = [
  { title: 'a ping with the right name', packet: (seq) => ping(seq), answered: true },
  { title: 'a ping with an empty name', packet: (seq) => ping(seq, { Node: '' }), answered: true },
  { title: 'a ping without a name', packet: (seq) => message(Type.ping, { SeqNo: seq }), answered: true },
  { title: 'a ping for another name', packet: (seq) => ping(seq, { Node: 'other' }), answered: false },
  {
    title: 'a ping with its source given as bin',
    packet: (seq, from) =>
      ping(seq, { SourceAddr: bin8(ipv4(from.host)), SourcePort: from.port, SourceNode: 'x' }),
    answered: true,
  },
  {
    title: 'a ping with its source given as a list of integers',
    packet: (seq, from) => ping(seq, { SourceAddr: [...ipv4(from.host)], SourcePort: from.port }),
    answered: true,
  },
  {
    title: 'a ping whose name is str8',
    packet: (seq) => ping(seq, { Node: str8('target') }),
    answered: true,
  },
  {
    title: 'a ping whose number is int32',
    packet: (seq) => ping(seq, { SeqNo: int32(seq) }),
    answered: true,
  },
  {
    title: 'a ping with unknown keys, nested ones too',
    packet: (seq) => ping(seq, { Later: { deep: [1, 'two', nil] }, node: 'wrong case' }),
    answered: true,
  },
  {
    title: 'a ping whose source fields are nil',
    packet: (seq) => ping(seq, { SourceAddr: nil, SourcePort: nil, SourceNode: nil }),
    answered: true,
  },
  {
    title: 'a ping with bytes behind its body',
    packet: (seq) => Buffer.concat([ping(seq), Buffer.from('trailing')]),
    answered: true,
  },
  {
    title: 'a ping written as a list in declared order',
    packet: (seq) => message(Type.ping, [seq, 'target']),
    answered: true,
  },
  {
    title: 'a ping whose name is bin',
    packet: (seq) => ping(seq, { Node: bin8(Buffer.from('target')) }),
    answered: false,
    answeredByOurs: true,
  },
  {
    title: 'a ping whose number is a float',
    packet: (seq) => ping(seq, { SeqNo: float64(seq) }),
    answered: false,
  },
];

const layers: readonly Case[] = [
  { title: 'a ping with a checksum', packet: (seq) => withCrc(ping(seq)), answered: true },
  {
    title: 'a ping with a wrong checksum',
    packet: (seq) => withCrc(ping(seq), { flip: 1 }),
    answered: false,
  },
  { title: 'a ping in a compound', packet: (seq) => compound(ping(seq)), answered: true },
  {
    title: 'a ping in a compound in a compound',
    packet: (seq) => compound(compound(ping(seq))),
    answered: true,
  },
  { title: 'a compressed ping', packet: (seq) => compressed(ping(seq)), answered: true },
  { title: 'a ping compressed twice', packet: (seq) => compressed(compressed(ping(seq))), answered: true },
  {
    title: 'a checksum around a compressed compound',
    packet: (seq) => withCrc(compressed(compound(ping(seq)))),
    answered: true,
  },
  { title: 'a checksum inside a compound', packet: (seq) => compound(withCrc(ping(seq))), answered: false },
  {
    title: 'a checksum inside a compressed message',
    packet: (seq) => compressed(withCrc(ping(seq))),
    answered: false,
  },
  {
    title: 'LZW without a leading clear code',
    packet: (seq) => compressed(ping(seq), { leadingClear: false }),
    answered: true,
  },
  {
    title: 'LZW without its end code',
    packet: (seq) => compressed(ping(seq), { endCode: false }),
    answered: false,
  },
  { title: 'another compression', packet: (seq) => compressed(ping(seq), { algo: 1 }), answered: false },
  {
    title: 'the whole part of a compound whose second part is cut off',
    packet: (seq) => compound(ping(seq), Buffer.alloc(40)).subarray(0, -10),
    answered: true,
  },
  {
    title: 'a compound whose table of lengths is cut off',
    packet: (seq) => Buffer.concat([Buffer.of(7, 200), ping(seq)]),
    answered: false,
  },
  {
    title: 'an unknown type',
    packet: (seq) => Buffer.concat([Buffer.of(99), ping(seq)]),
    answered: false,
  },
  {
    title: 'a label in front, which this pool does not have',
    packet: (seq) => Buffer.concat([Buffer.of(244, 4), Buffer.from('blue'), ping(seq)]),
    answered: false,
  },
];

const suite = describe.runIf(peersFolder !== undefined);

suite.each(targetNames)('packets to %s', (name) => {
  const peers = new Peers(addresses, afterAll);
  let target: Peer;
  let raw: RawPeer;

  beforeAll(async () => {
    target = await startTarget(peers, name);
    raw = await RawPeer.open(addresses.next(), afterAll);
  });

  test.each([...pingForms, ...layers])('$title: answered is $answered', async (one) => {
    const { seq } = raw.ping('');
    const expected = name === 'ours' ? (one.answeredByOurs ?? one.answered) : one.answered;
    expect(await raw.isAnswered(one.packet(seq, raw), seq, target.address)).toBe(expected);
  });

  test('the ack goes to the source that the ping names, not to the socket it came from', async () => {
    const other = await RawPeer.open(addresses.next(), afterAll);
    const { seq } = raw.ping('');
    const source = { SourceAddr: ipv4(other.host), SourceNode: 'other', SourcePort: other.port };
    expect(await raw.isAnswered(ping(seq, source), seq, target.address)).toBe(false);
    await other.waitForMessage(Type.ack, (fields) => fields['SeqNo'] === seq);
  });

  test('the payload of an ack is a network coordinate of version 1', async () => {
    const { seq, bytes } = raw.ping('target');
    raw.send(bytes, target.address);
    const { Payload: payload } = await raw.waitForMessage(Type.ack, (fields) => fields['SeqNo'] === seq);
    if (!Buffer.isBuffer(payload)) throw new Error(`payload ${String(payload)}`);
    expect(payload[0]).toBe(1);
    const coordinate = asFields(unpack(payload, 1).value);
    expect(Object.keys(coordinate).toSorted()).toEqual(['Adjustment', 'Error', 'Height', 'Vec']);
    expect(coordinate).toMatchObject({ Adjustment: 0, Error: 1.5, Height: 1e-5, Vec: Array(8).fill(0) });
  });

  test('an indirect ping to a live target brings an ack without payload', async () => {
    const live = await RawPeer.open(addresses.next(), afterAll);
    live.answersPings = true;
    const { seq } = raw.ping('');
    raw.send(indirectPing(seq, live, { nack: true }), target.address);
    const ack = await raw.waitForMessage(Type.ack, (fields) => fields['SeqNo'] === seq);
    expect(ack['Payload']).toBeNull();
    expect(live.messages(Type.ping)).toMatchObject([{ Node: Buffer.from('far') }]);
  });

  test('an indirect ping to a silent target brings a nack when asked for, and silence when not', async () => {
    const silent = await RawPeer.open(addresses.next(), afterAll);
    const wanted = raw.ping('').seq;
    const unwanted = raw.ping('').seq;
    raw.send(indirectPing(unwanted, silent, { nack: false }), target.address);
    raw.send(indirectPing(wanted, silent, { nack: true }), target.address);
    await raw.waitForMessage(Type.nack, (fields) => fields['SeqNo'] === wanted);
    expect(raw.messages(Type.nack, (fields) => fields['SeqNo'] === unwanted)).toEqual([]);
    expect(silent.messages(Type.ping)).toHaveLength(2);
  });
});

suite.each(targetNames)('encrypted packets to %s', (name) => {
  const peers = new Peers(addresses, afterAll);
  let target: Peer;
  let raw: RawPeer;

  beforeAll(async () => {
    target = await startTarget(peers, name, { encrypt: key.toString('base64') });
    raw = await RawPeer.open(addresses.next(), afterAll, { key });
  });

  const sealed: readonly Case[] = [
    { title: 'version 1', packet: (seq) => encrypted(ping(seq), key, 1), answered: true },
    { title: 'version 0, which is padded', packet: (seq) => encrypted(ping(seq), key, 0), answered: true },
    {
      title: 'every layer at once',
      packet: (seq) => encrypted(withCrc(compressed(compound(ping(seq)))), key),
      answered: true,
    },
    { title: 'plaintext', packet: (seq) => ping(seq), answered: false },
    {
      title: 'a key that is not in the ring',
      packet: (seq) => encrypted(ping(seq), Buffer.from('fedcba9876543210')),
      answered: false,
    },
    {
      title: 'a version that does not exist',
      packet: (seq) => Buffer.concat([Buffer.of(2), encrypted(ping(seq), key).subarray(1)]),
      answered: false,
    },
    { title: 'too few bytes', packet: (seq) => encrypted(ping(seq), key).subarray(0, 20), answered: false },
  ];

  test.each(sealed)('$title: answered is $answered', async ({ packet, answered }) => {
    const { seq } = raw.ping('');
    const seal = (bytes: Uint8Array) => encrypted(bytes, key);
    expect(await raw.isAnswered(packet(seq, raw), seq, target.address, seal)).toBe(answered);
  });
});

function indirectPing(seq: number, to: RawPeer, { nack }: { readonly nack: boolean }): Buffer {
  return message(Type.indirectPing, {
    Nack: nack,
    Node: 'far',
    Port: to.port,
    SeqNo: seq,
    Target: ipv4(to.host),
  });
}
