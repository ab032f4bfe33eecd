import { expect, test } from 'vitest';
import { encodeMsgpack } from '../codec/msgpack.ts';
import { encodeCompound } from './compound.ts';
import { compressMessage } from './compression.ts';
import { addChecksum } from './crc32.ts';
import { createKeyring } from './encryption.ts';
import { labelHeader } from './label.ts';
import { packetFaultsMax } from './limits.ts';
import {
  type OpenPacketOptions,
  openPacket,
  packetOverheadBytes,
  type SealPacketOptions,
  sealPacket,
} from './packet.ts';
import { encodePacketMessage } from './swim-codec.ts';
import type { Ack, Ping, Suspect } from './swim-messages.ts';

const keyring = createKeyring([Buffer.from('0123456789abcdef')]);
const strangers = createKeyring([Buffer.alloc(32, 9)]);
const ping: Ping = {
  type: 'ping',
  seq: 7,
  node: 'b',
  replyTo: { host: '127.0.0.1', port: 7946 },
  sourceNode: 'a',
};
const ack: Ack = { type: 'ack', seq: 7, payload: new Uint8Array(0) };
const suspect: Suspect = { type: 'suspect', incarnation: 1, node: 'b', from: 'a' };
const pingBytes = encodePacketMessage(ping);
const ackBytes = encodePacketMessage(ack);
const parts = [pingBytes, ackBytes, encodePacketMessage(suspect)];
const junk = Uint8Array.of(99, 1, 2);

const plain: OpenPacketOptions = { verifyIncoming: true, label: '' };
const bare: SealPacketOptions = {
  compression: false,
  crc: false,
  verifyOutgoing: true,
  label: '',
  nonce: () => new Uint8Array(12),
};

const codes = (datagram: Uint8Array, options: OpenPacketOptions = plain) => {
  const { messages, faults } = openPacket(datagram, options);
  return { messages: messages.map(({ type }) => type), faults: faults.map(({ code }) => code) };
};
const refusal = (code: string) => expect.objectContaining({ name: 'WireError', code });

test('with every combination of layers a packet opens to the messages that were sealed', () => {
  const flags = [true, false];
  for (const compression of flags) {
    for (const crc of flags) {
      for (const label of ['', 'blue']) {
        for (const ring of [{}, { keyring }]) {
          for (const count of [1, 3]) {
            const options = { ...bare, compression, crc, label, ...ring };
            const opened = openPacket(sealPacket(parts.slice(0, count), options), {
              ...plain,
              label,
              ...ring,
            });
            expect(opened).toEqual({ messages: [ping, ack, suspect].slice(0, count), faults: [] });
          }
        }
      }
    }
  }
});

test('a single message without layers is sent as it is, several become a compound', () => {
  expect(sealPacket([ackBytes], bare)).toBe(ackBytes);
  expect(sealPacket(parts, bare)).toEqual(encodeCompound(parts));
});

test('compression is omitted when it would not make the packet smaller', () => {
  const compression = { ...bare, compression: true };
  expect(sealPacket([ackBytes], compression)).toBe(ackBytes);
  const repeated = Array.from({ length: 20 }, () => pingBytes);
  expect(sealPacket(repeated, compression).length).toBeLessThan(encodeCompound(repeated).length / 3);
});

test('more than 255 parts, or a part of more than 64 KiB, are refused before they are sent', () => {
  const full = Array.from({ length: 255 }, () => ackBytes);
  expect(openPacket(sealPacket(full, bare), plain).messages).toHaveLength(255);
  expect(() => sealPacket([...full, ackBytes], bare)).toThrow(refusal('WIRE_LIMIT'));
  expect(() => sealPacket([ackBytes, new Uint8Array(65_536)], bare)).toThrow(refusal('WIRE_LIMIT'));
});

test('compounds and compressed messages nest, a checksum is the outermost plaintext only', () => {
  const compound = encodeCompound([ackBytes]);
  const open = [
    addChecksum(ackBytes),
    compound,
    encodeCompound([compound]),
    compressMessage(ackBytes),
    compressMessage(compressMessage(ackBytes)),
    addChecksum(compressMessage(compound)),
  ];
  for (const datagram of open) expect(codes(datagram)).toEqual({ messages: ['ack'], faults: [] });
  expect(() => codes(compressMessage(addChecksum(ackBytes)))).toThrow(refusal('WIRE_UNKNOWN_TYPE'));
  expect(codes(encodeCompound([addChecksum(ackBytes)]))).toEqual({
    messages: [],
    faults: ['WIRE_UNKNOWN_TYPE'],
  });
});

test('a wrong checksum drops the packet', () => {
  const datagram = Buffer.from(addChecksum(ackBytes));
  datagram[8] = (datagram[8] ?? 0) ^ 1;
  expect(() => openPacket(datagram, plain)).toThrow(refusal('WIRE_CHECKSUM'));
  expect(() => openPacket(datagram.subarray(0, 4), plain)).toThrow(refusal('WIRE_TRUNCATED'));
});

test('another compression algorithm, and a compressed message without an end code, are refused', () => {
  const compressed = (body: object) => encodeMsgpack(body, { prefix: [9] });
  expect(() => codes(compressed({ Algo: 1, Buf: Uint8Array.of(0, 3, 2) }))).toThrow(
    refusal('WIRE_UNKNOWN_TYPE'),
  );
  expect(() => codes(compressed({ Algo: 0, Buf: Uint8Array.of(0, 3) }))).toThrow(refusal('WIRE_TRUNCATED'));
  expect(() => codes(compressed({ Algo: 0 }))).toThrow(refusal('WIRE_TRUNCATED'));
});

test('a truncated compound yields its complete leading parts', () => {
  const datagram = encodeCompound(parts);
  expect(codes(datagram.subarray(0, datagram.length - 1))).toEqual({
    messages: ['ping', 'ack'],
    faults: ['WIRE_TRUNCATED'],
  });
  expect(codes(Buffer.concat([datagram, junk]))).toEqual({
    messages: ['ping', 'ack', 'suspect'],
    faults: [],
  });
  expect(() => codes(datagram.subarray(0, 5))).toThrow(refusal('WIRE_TRUNCATED'));
  expect(() => codes(datagram.subarray(0, 1))).toThrow(refusal('WIRE_TRUNCATED'));
});

test('an invalid part of a compound is a fault, and the others are opened', () => {
  const datagram = encodeCompound([pingBytes, junk, new Uint8Array(0), ackBytes]);
  expect(codes(datagram)).toEqual({
    messages: ['ping', 'ack'],
    faults: ['WIRE_UNKNOWN_TYPE', 'WIRE_TRUNCATED'],
  });
});

test('a packet of invalid parts only is dropped after some of them', () => {
  const inner = encodeCompound(Array.from({ length: 255 }, () => new Uint8Array(0)));
  const outer = encodeCompound([inner, inner, ackBytes]);
  expect(codes(outer)).toEqual({ messages: [], faults: Array(packetFaultsMax).fill('WIRE_TRUNCATED') });
});

test('messages may nest eight deep, and no deeper', () => {
  let datagram: Uint8Array = ackBytes;
  for (let depth = 0; depth < 8; depth += 1) datagram = encodeCompound([datagram]);
  expect(codes(datagram)).toEqual({ messages: ['ack'], faults: [] });
  expect(codes(encodeCompound([datagram]))).toEqual({ messages: [], faults: ['WIRE_LIMIT'] });
});

test('all compressed parts together may expand to 256 KiB', () => {
  const user = (bytes: number) =>
    compressMessage(encodePacketMessage({ type: 'user', payload: new Uint8Array(bytes) }));
  expect(codes(user(256 * 1024 - 1))).toEqual({ messages: ['user'], faults: [] });
  expect(() => codes(user(256 * 1024))).toThrow(refusal('WIRE_LIMIT'));
  expect(codes(encodeCompound([user(200_000), user(100_000), ackBytes]))).toEqual({
    messages: ['user', 'ack'],
    faults: ['WIRE_LIMIT'],
  });
});

test('with a key, both encryption versions open; plaintext and packets of other keys do not', () => {
  const options = { ...plain, keyring };
  for (const version of [0, 1] as const) {
    const sealed = keyring.seal(ackBytes, { nonce: new Uint8Array(12), aad: new Uint8Array(0), version });
    expect(codes(sealed, options)).toEqual({ messages: ['ack'], faults: [] });
  }
  expect(() => codes(ackBytes, options)).toThrow(refusal('WIRE_DECRYPT'));
  expect(() => codes(sealPacket([ackBytes], { ...bare, keyring: strangers }), options)).toThrow(
    refusal('WIRE_DECRYPT'),
  );
});

test('while encryption is rolled out, plaintext is sent and accepted', () => {
  const lenient = { ...plain, keyring, verifyIncoming: false };
  expect(codes(ackBytes, lenient).messages).toEqual(['ack']);
  expect(codes(sealPacket(parts, { ...bare, keyring }), lenient).messages).toEqual([
    'ping',
    'ack',
    'suspect',
  ]);
  expect(sealPacket([ackBytes], { ...bare, keyring, verifyOutgoing: false })).toBe(ackBytes);
});

test('a packet with another label, none, an empty one or an unexpected one is refused', () => {
  const blue = { ...plain, label: 'blue' };
  const labelled = (label: string) => Buffer.concat([labelHeader(label), ackBytes]);
  expect(codes(labelled('blue'), blue).messages).toEqual(['ack']);
  for (const datagram of [
    labelled('red'),
    labelled('blues'),
    labelled('blu'),
    ackBytes,
    Buffer.of(0xf4, 0, 2),
  ]) {
    expect(() => codes(datagram, blue)).toThrow(refusal('WIRE_LABEL'));
  }
  expect(() => codes(labelled('blue'), plain)).toThrow(refusal('WIRE_LABEL'));
  expect(() => codes(Buffer.of(0xf4, 0, 2), plain)).toThrow(refusal('WIRE_LABEL'));
  expect(() => codes(labelled('blue').subarray(0, 4), blue)).toThrow(refusal('WIRE_LABEL'));
});

test('with skipInboundLabelCheck a packet must have no label header, and its label is authenticated', () => {
  const stripped = { ...plain, label: 'blue', skipInboundLabelCheck: true };
  expect(codes(ackBytes, stripped).messages).toEqual(['ack']);
  const sealed = sealPacket([ackBytes], { ...bare, keyring, label: 'blue' });
  const unlabelled = sealed.subarray(labelHeader('blue').length);
  expect(codes(unlabelled, { ...stripped, keyring }).messages).toEqual(['ack']);
  expect(() => codes(unlabelled, { ...stripped, keyring, label: 'grey' })).toThrow(refusal('WIRE_DECRYPT'));
  expect(() => codes(sealed, { ...stripped, keyring })).toThrow(refusal('WIRE_LABEL'));
});

test('the label is authenticated', () => {
  const sealed = sealPacket([ackBytes], { ...bare, keyring, label: 'blue' });
  const relabelled = Buffer.concat([labelHeader('grey'), sealed.subarray(labelHeader('blue').length)]);
  expect(() => codes(relabelled, { ...plain, keyring, label: 'grey' })).toThrow(refusal('WIRE_DECRYPT'));
});

test('messages of streams are refused', () => {
  for (const type of [6, 10, 12, 13, 14, 0xf3]) {
    expect(() => codes(Uint8Array.of(type, 0x80, 0, 0, 0, 0))).toThrow(
      type === 12 ? refusal('WIRE_CHECKSUM') : refusal('WIRE_UNKNOWN_TYPE'),
    );
  }
  expect(() => codes(new Uint8Array(0))).toThrow(refusal('WIRE_TRUNCATED'));
});

test('messages share no memory with the datagram', () => {
  const user = encodePacketMessage({ type: 'user', payload: Buffer.from('payload') });
  const datagram = Buffer.from(
    encodeCompound([user, encodePacketMessage({ ...ack, payload: Buffer.from('coordinate') })]),
  );
  const { messages } = openPacket(datagram, plain);
  datagram.fill(0);
  expect(messages).toEqual([
    { type: 'user', payload: Uint8Array.from(Buffer.from('payload')) },
    { type: 'ack', seq: 7, payload: Uint8Array.from(Buffer.from('coordinate')) },
  ]);
});

test('the overhead counts compound, label and encryption, but like peers not the checksum', () => {
  expect(packetOverheadBytes({ label: '', verifyOutgoing: true })).toBe(2);
  expect(packetOverheadBytes({ label: 'blue', verifyOutgoing: true })).toBe(8);
  expect(packetOverheadBytes({ label: 'blue', keyring, verifyOutgoing: true })).toBe(37);
  expect(packetOverheadBytes({ label: '', keyring, verifyOutgoing: false })).toBe(2);
  const sealed = sealPacket(parts, { ...bare, keyring, label: 'blue' });
  const partsBytes = parts.reduce((sum, part) => sum + part.length + 2, 0);
  expect(sealed.length).toBe(
    partsBytes + packetOverheadBytes({ label: 'blue', keyring, verifyOutgoing: true }),
  );
});
