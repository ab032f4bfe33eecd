import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Reader } from '../../src/codec/reader.ts';
import { createKeyring } from '../../src/wire/encryption.ts';
import { openPacket, sealPacket } from '../../src/wire/packet.ts';
import { decodeSerfMessage, encodeSerfMessage } from '../../src/wire/serf-codec.ts';
import { encodeStreamMessage, StreamDecoder } from '../../src/wire/stream-frames.ts';
import { decodePacketMessage, encodePacketMessage } from '../../src/wire/swim-codec.ts';
import { decodeTags, encodeTags } from '../../src/wire/tags.ts';
import { packetMessage, pushPull, serfMessage, tags } from './arbitraries.ts';

const keyring = createKeyring([Buffer.alloc(24, 1)]);
const layers = fc.record({
  compression: fc.boolean(),
  crc: fc.boolean(),
  label: fc.constantFrom('', 'blue'),
  isEncrypted: fc.boolean(),
});

test('decoding a packet message gives what was encoded', () => {
  fc.assert(
    fc.property(packetMessage, (message) => {
      expect(decodePacketMessage(new Reader(encodePacketMessage(message)))).toEqual(message);
    }),
    { numRuns: 500 },
  );
});

test('decoding a Serf message gives what was encoded', () => {
  fc.assert(
    fc.property(serfMessage, (message) => {
      expect(decodeSerfMessage(encodeSerfMessage(message))).toEqual(message);
    }),
    { numRuns: 500 },
  );
});

test('opening a packet gives what was sealed, in order', () => {
  fc.assert(
    fc.property(
      fc.array(packetMessage, { minLength: 1, maxLength: 12 }),
      layers,
      (messages, { compression, crc, label, isEncrypted }) => {
        const ring = isEncrypted ? keyring : undefined;
        const options = {
          compression,
          crc,
          label,
          verifyOutgoing: true,
          nonce: () => new Uint8Array(12),
          keyring: ring,
        };
        const datagram = sealPacket(messages.map(encodePacketMessage), options);
        expect(openPacket(datagram, { verifyIncoming: true, label, keyring: ring })).toEqual({
          messages,
          faults: [],
        });
      },
    ),
  );
});

test('a stream gives what was encoded, wherever it is cut', () => {
  fc.assert(
    fc.property(
      pushPull,
      layers,
      fc.array(fc.nat(4000), { maxLength: 5 }),
      (message, { compression, label, isEncrypted }, cuts) => {
        const ring = isEncrypted ? keyring : undefined;
        const options = {
          compression,
          label,
          verifyOutgoing: true,
          nonce: () => new Uint8Array(12),
          keyring: ring,
        };
        const stream = encodeStreamMessage(message, { ...options, writeLabelHeader: true });
        const decoder = new StreamDecoder({
          verifyIncoming: true,
          label,
          expectLabelHeader: true,
          keyring: ring,
        });
        const ends = [...cuts.filter((cut) => cut < stream.length), stream.length].sort((a, b) => a - b);
        const results = ends.map((end, i) => decoder.push(stream.subarray(ends[i - 1] ?? 0, end)));
        expect(results.filter((result) => result !== undefined)).toEqual([message]);
      },
    ),
  );
});

test('decoding tags gives what was encoded', () => {
  fc.assert(
    fc.property(tags, (map) => {
      expect(decodeTags(encodeTags(map))).toEqual(map);
    }),
  );
});
