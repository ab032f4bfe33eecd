import { describe, expect, test } from 'vitest';
import { encodeCompound } from '../../src/wire/compound.ts';
import { compressMessage } from '../../src/wire/compression.ts';
import { addChecksum } from '../../src/wire/crc32.ts';
import { createKeyring } from '../../src/wire/encryption.ts';
import { openPacket, sealPacket } from '../../src/wire/packet.ts';
import { encodeStreamMessage, StreamDecoder } from '../../src/wire/stream-frames.ts';
import { encodePacketMessage } from '../../src/wire/swim-codec.ts';
import type { PacketMessage } from '../../src/wire/swim-messages.ts';
import { encodeTags } from '../../src/wire/tags.ts';

/**
 * Vectors recorded from and accepted by serf 0.9.4, serf 0.10.1 and Consul 1.8.7, byte for byte and in both
 * directions.
 */

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');

const pingHex =
  '0085a44e6f6465a162a55365714e6f07aa536f7572636541646472a47f000001aa536f757263654e6f6465a161aa536f75726365506f7274cd1f0a';
const ackHex = '0282a75061796c6f6164c0a55365714e6f07';
const suspectHex = '0383a446726f6da161ab496e6361726e6174696f6e01a44e6f6465a162';
const aliveHex =
  '0486a441646472a47f000001ab496e6361726e6174696f6e01a44d657461abff81a4726f6c65a3776562a44e6f6465a162a4506f7274cd1f0aa356736ea6010502020505';

const ping: PacketMessage = {
  type: 'ping',
  seq: 7,
  node: 'b',
  replyTo: { host: '127.0.0.1', port: 7946 },
  sourceNode: 'a',
};
const ack: PacketMessage = { type: 'ack', seq: 7, payload: new Uint8Array(0) };
const suspect: PacketMessage = { type: 'suspect', incarnation: 1, node: 'b', from: 'a' };
const alive: PacketMessage = {
  type: 'alive',
  incarnation: 1,
  node: 'b',
  addr: Uint8Array.of(127, 0, 0, 1),
  port: 7946,
  meta: Uint8Array.from(encodeTags({ role: 'web' })),
  versions: {
    protocolMin: 1,
    protocolMax: 5,
    protocolCur: 2,
    delegateMin: 2,
    delegateMax: 5,
    delegateCur: 5,
  },
};

const plain = { verifyIncoming: true, label: '' };
const keyring = createKeyring([Buffer.from('0123456789abcdef')]);
const nonce = () => bytes('000102030405060708090a0b');
const bare = { compression: false, crc: false, verifyOutgoing: true, label: '', nonce };

test.each([
  ['ping', ping, pingHex],
  ['ack', ack, ackHex],
  ['suspect', suspect, suspectHex],
  ['alive', alive, aliveHex],
])('a %s is these bytes and these bytes are that message', (_name, message, vector) => {
  expect(hex(encodePacketMessage(message))).toBe(vector);
  expect(openPacket(bytes(vector), plain)).toEqual({ messages: [message], faults: [] });
});

test('a compound of ping and suspect', () => {
  const vector = `0702003b001d${pingHex}${suspectHex}`;
  expect(hex(encodeCompound([bytes(pingHex), bytes(suspectHex)]))).toBe(vector);
  expect(openPacket(bytes(vector), plain).messages).toEqual([ping, suspect]);
});

test('a checksum around an ack', () => {
  const vector = `0ca8cb2def${ackHex}`;
  expect(hex(addChecksum(bytes(ackHex)))).toBe(vector);
  expect(openPacket(bytes(vector), plain).messages).toEqual([ack]);
});

test('a compress message', () => {
  const vector = '0982a4416c676f00a3427566b500a93c1152e48914274fa80824687061c183090302';
  expect(hex(compressMessage(Buffer.from('TOBEORNOTTOBEORTOBEORNOT')))).toBe(vector);
});

describe('encryption', () => {
  const sealedV1 =
    '01 000102030405060708090a0b ffbd634d7f0d57598942c7bf93fec1636fd0 ba8c17d65467745229fde2aa41787eae';
  const sealedV0 =
    '00 000102030405060708090a0b ffbd634d7f0d57598942c7bf93fec1636fd059f409bd44457967e4fde1a5a562 152863230be76b8dd576b83bb07d90ff';
  const sealedBlue =
    'f4 04 626c7565 01 000102030405060708090a0b ffbd634d7f0d57598942c7bf93fec1636fd0 32920a3c350114329066d8291e0852cf';
  const frame =
    '0a 0000002f 01 000102030405060708090a0b ffbd634d7f0d57598942c7bf93fec1636fd0 fb87a1553d1866d51ee3ead0894b9255';

  test('version 1', () => {
    expect(hex(sealPacket([bytes(ackHex)], { ...bare, keyring }))).toBe(hex(bytes(sealedV1)));
    expect(openPacket(bytes(sealedV1), { ...plain, keyring }).messages).toEqual([ack]);
  });

  test('version 0', () => {
    const sealed = keyring.seal(bytes(ackHex), { nonce: nonce(), aad: new Uint8Array(0), version: 0 });
    expect(hex(sealed)).toBe(hex(bytes(sealedV0)));
    expect(openPacket(bytes(sealedV0), { ...plain, keyring }).messages).toEqual([ack]);
  });

  test('version 1 with the label blue', () => {
    expect(hex(sealPacket([bytes(ackHex)], { ...bare, keyring, label: 'blue' }))).toBe(
      hex(bytes(sealedBlue)),
    );
    expect(openPacket(bytes(sealedBlue), { ...plain, keyring, label: 'blue' }).messages).toEqual([ack]);
  });

  test('a stream frame', () => {
    expect(hex(encodeStreamMessage(ack, { ...bare, keyring, writeLabelHeader: true }))).toBe(
      hex(bytes(frame)),
    );
    const decoder = new StreamDecoder({ ...plain, keyring, expectLabelHeader: true });
    expect(decoder.push(bytes(frame))).toEqual(ack);
  });
});
