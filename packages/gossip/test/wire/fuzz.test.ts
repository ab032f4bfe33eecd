import fc from 'fast-check';
import { expect, test } from 'vitest';
import { skipValue } from '../../src/codec/msgpack-skip.ts';
import { Reader } from '../../src/codec/reader.ts';
import { WireError } from '../../src/errors.ts';
import { lzwDecode } from '../../src/wire/lzw.ts';
import { openPacket } from '../../src/wire/packet.ts';
import { decodeSerfMessage, encodeSerfMessage } from '../../src/wire/serf-codec.ts';
import { decodeSerfQueryBody, encodeSerfQueryBody } from '../../src/wire/serf-query-codec.ts';
import { encodeStreamMessage, StreamDecoder } from '../../src/wire/stream-frames.ts';
import { encodePacketMessage } from '../../src/wire/swim-codec.ts';
import { decodeTags, encodeTags } from '../../src/wire/tags.ts';
import { packetMessage, pushPull, serfMessage, tags } from './arbitraries.ts';
import { readRecording } from './recordings.ts';

/**
 * The contract with hostile bytes: a decoder returns a value or throws a WireError, in bounded time, and works
 * as before afterwards.
 */

const recordings = [readRecording('serf-plain'), readRecording('consul')];
const encrypted = readRecording('serf-encrypted');
const { keyring } = encrypted;
const plain = { verifyIncoming: true, label: '' };
const packets = recordings.flatMap((recording) => recording.packets.map(({ bytes }) => bytes));
const plaintexts = packets.map((packet) => (packet[0] === 12 ? packet.subarray(5) : packet));
const streams = recordings.flatMap((recording) =>
  recording.streams.flatMap(({ request, response }) => [request, response]),
);

/** Honest packets take well under a millisecond; a quadratic decoder, or one that allocates what a peer claims, takes far longer. */
const packetMsMax = 2_000;

/** Lengths, counts and types that have broken decoders before. */
const hostileTokens = [
  'ddffffffff',
  'dfffffffff',
  'dbffffffff',
  'c6ffffffff',
  'cfffffffffffffffff',
  'd3ffffffffffffffff',
  'd90100',
  'c1',
  'd4',
  '07ff',
  '0700',
  '0a',
  'f400',
].map((hex) => Buffer.from(hex, 'hex'));

type Mutation = (bytes: Uint8Array) => Uint8Array;
const position = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const at = (bytes: Uint8Array, where: number) => Math.floor(where * bytes.length);

function mutations(corpus: readonly Uint8Array[]): fc.Arbitrary<Mutation> {
  const flip = fc.tuple(position, fc.integer({ min: 1, max: 255 })).map(
    ([where, mask]): Mutation =>
      (bytes) => {
        const copy = Uint8Array.from(bytes);
        copy[at(bytes, where)] = (copy[at(bytes, where)] ?? 0) ^ mask;
        return copy;
      },
  );
  const truncate = position.map(
    (where): Mutation =>
      (bytes) =>
        bytes.subarray(0, at(bytes, where)),
  );
  const splice = fc.tuple(position, position, fc.constantFrom(...corpus)).map(
    ([where, from, other]): Mutation =>
      (bytes) =>
        Buffer.concat([bytes.subarray(0, at(bytes, where)), other.subarray(at(other, from))]),
  );
  const inflate = fc.tuple(position, fc.constantFrom(...hostileTokens)).map(
    ([where, token]): Mutation =>
      (bytes) => {
        const copy = Buffer.from(bytes);
        token.copy(copy, at(bytes, where));
        return copy;
      },
  );
  const insert = fc.tuple(position, fc.uint8Array({ maxLength: 16 })).map(
    ([where, extra]): Mutation =>
      (bytes) =>
        Buffer.concat([bytes.subarray(0, at(bytes, where)), extra, bytes.subarray(at(bytes, where))]),
  );
  return fc.oneof(flip, truncate, splice, inflate, insert);
}

/** Damaged members of a corpus, and plain noise. */
function hostile(corpus: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const damaged = fc
    .tuple(fc.constantFrom(...corpus), fc.array(mutations(corpus), { minLength: 1, maxLength: 4 }))
    .map(([bytes, changes]) => changes.reduce((current, change) => change(current), bytes));
  return fc.oneof(
    { weight: 4, arbitrary: damaged },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }) },
  );
}

/** Runs a decoder over hostile bytes and checks the contract. */
function attack(corpus: readonly Uint8Array[], decode: (bytes: Uint8Array) => unknown): void {
  const intact = corpus[0] ?? new Uint8Array(0);
  const expected = decode(intact);
  fc.assert(
    fc.property(hostile(corpus), (bytes) => {
      const startMs = performance.now();
      try {
        decode(bytes);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
      }
      expect(performance.now() - startMs).toBeLessThan(packetMsMax);
      expect(decode(intact)).toEqual(expected);
    }),
    { numRuns: 1500 },
  );
}

const sample = <T>(arbitrary: fc.Arbitrary<T>, encode: (value: T) => Uint8Array) =>
  fc.sample(arbitrary, { numRuns: 60, seed: 7 }).map(encode);

test('packets', () => attack(packets, (bytes) => openPacket(bytes, plain)));

test('packets without their checksum, so that the damage goes deeper', () => {
  attack(plaintexts, (bytes) => openPacket(bytes, plain));
});

test('single messages without any layer', () => {
  attack(sample(packetMessage, encodePacketMessage), (bytes) => openPacket(bytes, plain));
});

test('encrypted packets', () => {
  attack(
    encrypted.packets.map(({ bytes }) => bytes),
    (bytes) => openPacket(bytes, { ...plain, keyring }),
  );
});

test('streams, compressed and not, in pieces of any size', () => {
  const options = {
    compression: false,
    verifyOutgoing: true,
    label: '',
    writeLabelHeader: true,
    nonce: () => new Uint8Array(12),
  };
  const corpus = [...sample(pushPull, (message) => encodeStreamMessage(message, options)), ...streams];
  attack(corpus, (bytes) => {
    const decoder = new StreamDecoder({ ...plain, expectLabelHeader: true });
    const pieceBytes = 1 + (bytes.length % 97);
    const results: unknown[] = [];
    for (let from = 0; from < bytes.length; from += pieceBytes)
      results.push(decoder.push(bytes.subarray(from, from + pieceBytes)));
    return results.find((result) => result !== undefined);
  });
});

test('encrypted streams', () => {
  attack(
    encrypted.streams.map(({ request }) => request),
    (bytes) => new StreamDecoder({ ...plain, keyring, expectLabelHeader: true }).push(bytes),
  );
});

test('Serf messages', () => {
  attack(sample(serfMessage, encodeSerfMessage), decodeSerfMessage);
});

test('internal queries', () => {
  const versions = {
    protocolMin: 1,
    protocolMax: 5,
    protocolCur: 2,
    delegateMin: 2,
    delegateMax: 5,
    delegateCur: 5,
  };
  const member = { name: 'a', host: '127.0.0.1', port: 7946, tags: { role: 'web' }, status: 1, versions };
  const corpus = [
    encodeSerfQueryBody({ type: 'conflict-response', member }),
    encodeSerfQueryBody({ type: 'key-request', key: Buffer.alloc(16) }),
    encodeSerfQueryBody({ type: 'key-response', ok: true, message: 'm', keys: ['a', 'b'], primaryKey: 'a' }),
  ];
  attack(corpus, decodeSerfQueryBody);
});

test('tags', () => attack(sample(tags, encodeTags), decodeTags));

test('LZW streams', () => {
  const corpus = plaintexts.filter((bytes) => bytes[0] === 9).map((bytes) => bytes.subarray(17));
  attack(corpus, (bytes) => {
    try {
      return lzwDecode(bytes, { outputBytesMax: 65_536 });
    } catch (error) {
      if (error instanceof WireError) return error.code;
      throw error;
    }
  });
});

test('values that are skipped', () => {
  attack(
    sample(serfMessage, encodeSerfMessage).map((bytes) => bytes.subarray(1)),
    (bytes) => {
      const reader = new Reader(bytes);
      skipValue(reader);
      return reader.offset;
    },
  );
});

test('the known killers of other implementations are refused', () => {
  const killers = [
    // A compound of nothing but compounds, and one that announces what it does not have.
    Buffer.alloc(65_507, 7),
    Buffer.of(7, 255),
    // Maps, lists and texts of 4 GiB.
    Buffer.from('00dfffffffff', 'hex'),
    Buffer.from('0081a45365714eddffffffff', 'hex'),
    Buffer.from('0481a44d657461dbffffffff', 'hex'),
    // Sixty thousand lists inside each other.
    Buffer.concat([Buffer.from('0081a178', 'hex'), Buffer.alloc(60_000, 0x91)]),
  ];
  for (const killer of killers) {
    const startMs = performance.now();
    let opened = 0;
    try {
      opened = openPacket(killer, plain).messages.length;
    } catch (error) {
      expect(error).toBeInstanceOf(WireError);
    }
    expect(opened).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(packetMsMax);
  }
});
