import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeMsgpack } from '../../src/codec/msgpack.ts';
import { readBytesCopy, readInt, readMapHeader, readText } from '../../src/codec/msgpack-read.ts';
import { skipValue } from '../../src/codec/msgpack-skip.ts';
import { Reader } from '../../src/codec/reader.ts';
import { encodeCompound } from '../../src/wire/compound.ts';
import { compressMessage, decompressMessage } from '../../src/wire/compression.ts';
import { decodeCoordinate, encodeCoordinate } from '../../src/wire/coordinate-codec.ts';
import { addChecksum } from '../../src/wire/crc32.ts';
import { createKeyring, type EncryptionVersion } from '../../src/wire/encryption.ts';
import { openPacket } from '../../src/wire/packet.ts';
import { decodeSerfMessage, encodeSerfMessage } from '../../src/wire/serf-codec.ts';
import { SerfMessageType } from '../../src/wire/serf-messages.ts';
import { decodeSerfQueryBody, encodeSerfQueryBody } from '../../src/wire/serf-query-codec.ts';
import { encodeStreamMessage, StreamDecoder } from '../../src/wire/stream-frames.ts';
import { decodePacketMessage, encodePacketMessage } from '../../src/wire/swim-codec.ts';
import { MessageType, type StreamMessage } from '../../src/wire/swim-messages.ts';
import { decodeTags, encodeTags } from '../../src/wire/tags.ts';

/**
 * docs/wire.md shows bytes and what they mean: "hex KIND" fences, each followed by a "json" fence. Every pair is decoded
 * and encoded here, so that the page cannot say anything but what the code does.
 */

const pageUrl = new URL('../../../../docs/wire.md', import.meta.url);
const page = readFileSync(pageUrl, 'utf8');

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const noBytes = new Uint8Array(0);
const keyring = createKeyring([Buffer.from('0123456789abcdef')]);
const nonce = () => Buffer.from('000102030405060708090a0b', 'hex');
const plain = { verifyIncoming: true, label: '' };

/** Bytes there and back; both throw what the codecs throw. */
interface Kind {
  readonly decode: (bytes: Uint8Array) => unknown;
  readonly encodeAgain: (bytes: Uint8Array) => Uint8Array;
  /** Whether the bytes are a type byte and a map whose keys stand in a table of the section. */
  readonly hasMap: boolean;
}

function kindOf<T>(
  decode: (bytes: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
  hasMap: Kind['hasMap'],
): Kind {
  return { decode, encodeAgain: (bytes) => encode(decode(bytes)), hasMap };
}

function openStream(bytes: Uint8Array, ring: { readonly keyring?: typeof keyring }): StreamMessage {
  const message = new StreamDecoder({ ...plain, ...ring, expectLabelHeader: true }).push(bytes);
  if (message === undefined) throw new Error('the example ends before its message does');
  return message;
}

const streamOptions = { compression: false, verifyOutgoing: true, label: '', writeLabelHeader: true, nonce };
const openOnly = (bytes: Uint8Array, label = '') => openPacket(bytes, { ...plain, keyring, label }).messages;

function sealAck(version: EncryptionVersion, label: string): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    const [message] = openOnly(bytes, label);
    if (message === undefined) throw new Error('the example holds no message');
    const aad = Buffer.from(label);
    const sealed = keyring.seal(encodePacketMessage(message), { nonce: nonce(), aad, version });
    return label === '' ? sealed : Buffer.concat([Buffer.of(MessageType.hasLabel, aad.length), aad, sealed]);
  };
}

function readConsulEvent(bytes: Uint8Array): Record<string, string | number | Uint8Array> {
  const reader = new Reader(bytes);
  const fields: Record<string, string | number | Uint8Array> = {};
  for (let left = readMapHeader(reader); left > 0; left -= 1) {
    const name = readText(reader);
    if (name === 'v') fields[name] = readInt(reader);
    else fields[name] = name === 'p' ? readBytesCopy(reader) : readText(reader);
  }
  return fields;
}

const kinds: Readonly<Record<string, Kind>> = {
  message: kindOf((bytes) => decodePacketMessage(new Reader(bytes)), encodePacketMessage, true),
  'user-message': kindOf((bytes) => decodePacketMessage(new Reader(bytes)), encodePacketMessage, false),
  stream: kindOf(
    (bytes) => openStream(bytes, {}),
    (message) => encodeStreamMessage(message, streamOptions),
    true,
  ),
  frame: kindOf(
    (bytes) => openStream(bytes, { keyring }),
    (message) => encodeStreamMessage(message, { ...streamOptions, keyring }),
    false,
  ),
  compound: kindOf(
    (bytes) => openPacket(bytes, plain).messages,
    (messages) => encodeCompound(messages.map(encodePacketMessage)),
    false,
  ),
  checksum: kindOf(
    (bytes) => openPacket(bytes, plain).messages,
    (messages) => addChecksum(Buffer.concat(messages.map(encodePacketMessage))),
    false,
  ),
  compress: kindOf(
    (bytes) => decompressMessage(new Reader(bytes, 1), { outputBytesMax: 1000 }),
    compressMessage,
    true,
  ),
  'sealed-v1': { decode: (bytes) => openOnly(bytes), encodeAgain: sealAck(1, ''), hasMap: false },
  'sealed-v0': { decode: (bytes) => openOnly(bytes), encodeAgain: sealAck(0, ''), hasMap: false },
  labelled: { decode: (bytes) => openOnly(bytes, 'blue'), encodeAgain: sealAck(1, 'blue'), hasMap: false },
  tags: kindOf(decodeTags, encodeTags, false),
  coordinate: kindOf(
    (bytes) => decodeCoordinate(bytes),
    (coordinate) => (coordinate === undefined ? noBytes : encodeCoordinate(coordinate)),
    true,
  ),
  serf: kindOf(decodeSerfMessage, encodeSerfMessage, true),
  'query-body': kindOf(decodeSerfQueryBody, encodeSerfQueryBody, true),
  'consul-event': kindOf(readConsulEvent, (fields) => encodeMsgpack(fields, { family: 'spec' }), false),
};

/** As the page writes values: bytes in hexadecimal, maps as objects. */
function shown(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  if (value instanceof Map) return shown(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shown(entry)]));
}

interface Example {
  readonly section: string;
  readonly sectionText: string;
  readonly kind: string;
  readonly bytes: Uint8Array;
  readonly json: string;
}

const fences = /```hex (\S+)\n([^`]*)```\n\n```json\n([^`]*)```/g;

function readExamples(): Example[] {
  return page.split(/^#+ /m).flatMap((sectionText) =>
    [...sectionText.matchAll(fences)].map(([, kind = '', digits = '', json = '']) => ({
      section: sectionText.split('\n', 1)[0] ?? '',
      sectionText,
      kind,
      bytes: Buffer.from(digits.replaceAll(/\s/g, ''), 'hex'),
      json,
    })),
  );
}

const examples = readExamples();

function keysOf({ bytes }: Example): string[] {
  const reader = new Reader(bytes, 1);
  const keys: string[] = [];
  for (let left = readMapHeader(reader); left > 0; left -= 1) {
    keys.push(readText(reader));
    skipValue(reader);
  }
  return keys;
}

/** The numbers of the types in the table below `heading`, each with its hexadecimal form beside it. */
function typesBelow(heading: string): number[] {
  const text = page.split(`# ${heading}\n`)[1]?.split(/^#+ /m)[0] ?? '';
  return [...text.matchAll(/^\| (\d+) +\| `([0-9a-f]{2})` /gm)].map(([, number, digits]) => {
    expect(Number.parseInt(digits ?? '', 16)).toBe(Number(number));
    return Number(number);
  });
}

describe('docs/wire.md', () => {
  test('has no example that this test would pass over', () => {
    expect(examples.length).toBe(page.split('```hex').length - 1);
    expect(new Set(examples.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)));
  });

  test.each(examples)('$section: the bytes mean what stands below them, and are what we write', (example) => {
    const kind = kinds[example.kind];
    expect(shown(kind?.decode(example.bytes))).toEqual(JSON.parse(example.json));
    expect(hex(kind?.encodeAgain(example.bytes) ?? noBytes)).toBe(hex(example.bytes));
  });

  test.each(examples.filter(({ kind }) => kinds[kind]?.hasMap))(
    '$section: every key of the example is in the table',
    (example) => {
      const rows = example.sectionText.split('\n').filter((line) => line.startsWith('| `'));
      const documented = rows.flatMap((row) => row.split('|')[1]?.match(/\w+/g) ?? []);
      expect(documented).toEqual(expect.arrayContaining(keysOf(example)));
    },
  );

  test('lists every message type of memberlist and of Serf', () => {
    const ascending = (types: object): number[] => Object.values(types).sort((a, b) => a - b);
    expect(typesBelow('Message types of memberlist')).toEqual(ascending(MessageType));
    expect(typesBelow('Messages of Serf')).toEqual(ascending(SerfMessageType));
  });

  test('links to files that exist', () => {
    const targets = [...page.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => target ?? '');
    expect(targets.length).toBeGreaterThan(20);
    expect(targets.filter((target) => !existsSync(new URL(target, pageUrl)))).toEqual([]);
  });
});
