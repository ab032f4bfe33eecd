import { expect, test } from 'vitest';
import { readArrayHeader, readBytes, readFloat, readInt, readText } from '../../src/codec/msgpack-read.ts';
import { Reader } from '../../src/codec/reader.ts';
import { StructShape } from '../../src/codec/struct.ts';
import { decodeCompound } from '../../src/wire/compound.ts';
import { decompressMessage } from '../../src/wire/compression.ts';
import { checkChecksum } from '../../src/wire/crc32.ts';
import { openPacket } from '../../src/wire/packet.ts';
import { decodeSerfMessage, encodeSerfMessage } from '../../src/wire/serf-codec.ts';
import type { SerfMessage } from '../../src/wire/serf-messages.ts';
import { encodePacketMessage } from '../../src/wire/swim-codec.ts';
import type { Alive, PacketMessage } from '../../src/wire/swim-messages.ts';
import { decodeTags } from '../../src/wire/tags.ts';
import { type Recording, readRecording } from './recordings.ts';

const recordings = {
  'serf-plain': readRecording('serf-plain'),
  'serf-encrypted': readRecording('serf-encrypted'),
  consul: readRecording('consul'),
} as const;

type RecordingName = keyof typeof recordings;
const names = Object.keys(recordings) as RecordingName[];

const serf = {
  delegateMin: 2,
  delegateMax: 5,
  delegateCur: 5,
  protocolMin: 1,
  protocolMax: 5,
  protocolCur: 2,
};
const consulVersions = { ...serf, delegateCur: 4 };

interface Seen {
  readonly from: string;
  readonly to: string;
  readonly message: PacketMessage;
}

function openAll({ packets, keyring }: Recording): Seen[] {
  return packets.flatMap(({ from, to, bytes }) => {
    const { messages, faults } = openPacket(bytes, { keyring, verifyIncoming: true, label: '' });
    expect(faults).toEqual([]);
    return messages.map((message) => ({ from, to, message }));
  });
}

function serfMessages(recording: Recording): (SerfMessage & { readonly sender: string })[] {
  return openAll(recording).flatMap(({ from, message }) =>
    message.type === 'user' ? [{ ...decodeSerfMessage(message.payload), sender: from }] : [],
  );
}

function countTypes(messages: readonly { readonly type: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of messages) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

function aliveOf(recording: Recording): Alive[] {
  return openAll(recording).flatMap(({ message }) => (message.type === 'alive' ? [message] : []));
}

/** The bytes of every message, with all layers taken off. */
function leavesOf(bytes: Uint8Array): Uint8Array[] {
  if (bytes[0] === 9) return leavesOf(decompressMessage(new Reader(bytes, 1), { outputBytesMax: 1_000_000 }));
  if (bytes[0] !== 7) return [bytes];
  return decodeCompound(new Reader(bytes, 1)).parts.flatMap((part) => leavesOf(part.rest()));
}

test('every recording names its origin', () => {
  expect(recordings['serf-plain'].source).toContain('serf 0.9.4');
  expect(recordings['serf-encrypted'].source).toContain('encryption');
  expect(recordings.consul.source).toContain('Consul 1.8.7');
});

test.each([
  [
    'serf-plain',
    77,
    { alive: 11, ping: 28, ack: 16, 'indirect-ping': 5, nack: 4, suspect: 6, dead: 6, user: 22 },
  ],
  [
    'serf-encrypted',
    123,
    { alive: 24, ping: 25, ack: 19, 'indirect-ping': 3, nack: 3, suspect: 10, dead: 8, user: 68 },
  ],
  ['consul', 44, { alive: 16, ping: 17, ack: 17, dead: 3, user: 15 }],
] as const)('all packets of %s open, and hold these messages', (name, packetsCount, counts) => {
  const recording = recordings[name];
  expect(recording.packets).toHaveLength(packetsCount);
  expect(countTypes(openAll(recording).map(({ message }) => message))).toEqual(counts);
});

test.each([
  ['serf-plain', { 'join-intent': 6, query: 4, 'user-event': 4, 'query-response': 6, 'leave-intent': 2 }],
  [
    'serf-encrypted',
    { 'join-intent': 12, query: 24, 'user-event': 12, 'query-response': 12, 'leave-intent': 8 },
  ],
  ['consul', { 'join-intent': 8, 'user-event': 6, 'leave-intent': 1 }],
] as const)('the user messages of %s are these Serf messages', (name, counts) => {
  expect(countTypes(serfMessages(recordings[name]))).toEqual(counts);
});

test.each(names)('we encode the messages of %s to the same bytes', (name) => {
  const { packets, keyring } = recordings[name];
  for (const { bytes } of packets) {
    const plaintext = keyring === undefined ? bytes : keyring.open(bytes, { aad: new Uint8Array(0) });
    const leaves = leavesOf(checkChecksum(plaintext));
    const { messages } = openPacket(plaintext, { verifyIncoming: true, label: '' });
    expect(messages.map((message) => Buffer.from(encodePacketMessage(message)).toString('hex'))).toEqual(
      leaves.map((leaf) => Buffer.from(leaf).toString('hex')),
    );
    for (const message of messages) {
      if (message.type !== 'user') continue;
      const again = Buffer.from(encodeSerfMessage(decodeSerfMessage(message.payload)));
      expect(again.toString('hex')).toBe(Buffer.from(message.payload).toString('hex'));
    }
  }
});

test.each(['serf-plain', 'serf-encrypted'] as const)(
  '%s: pings name their target and where the ack goes',
  (name) => {
    const byHost = { '127.0.8.1': 'alpha', '127.0.8.2': 'bravo', '127.0.8.3': 'charlie' } as Record<
      string,
      string
    >;
    for (const { from, to, message } of openAll(recordings[name])) {
      if (message.type !== 'ping') continue;
      const relayed = message.sourceNode !== byHost[from];
      expect(relayed).toBe(false);
      expect(message.node).toBe(byHost[to]);
      expect(message.replyTo).toEqual({ host: from, port: 17946 });
      expect(message.seq).toBeGreaterThan(0);
    }
  },
);

test.each(['serf-plain', 'serf-encrypted'] as const)(
  '%s: three members announce addresses, tags and versions',
  (name) => {
    const announced = new Map<string, unknown>();
    for (const { node, incarnation, addr, port, meta, versions } of aliveOf(recordings[name])) {
      announced.set(`${node} ${incarnation}`, {
        host: addr.join('.'),
        port,
        tags: decodeTags(meta),
        versions,
      });
    }
    expect(Object.fromEntries(announced)).toEqual({
      'alpha 1': { host: '127.0.8.1', port: 17946, tags: { role: 'web', dc: 'east' }, versions: serf },
      'bravo 1': { host: '127.0.8.2', port: 17946, tags: {}, versions: serf },
      'bravo 2': { host: '127.0.8.2', port: 17946, tags: { role: 'db' }, versions: serf },
      'charlie 1': { host: '127.0.8.3', port: 17946, tags: {}, versions: serf },
    });
  },
);

test('serf-plain: events and queries carry their names, payloads and Lamport times', () => {
  const seen = serfMessages(recordings['serf-plain']);
  const events = seen.flatMap((message) => (message.type === 'user-event' ? [message] : []));
  expect(
    events
      .filter(({ name }) => name === 'deploy')
      .map(({ lamportTime, coalesce, payload }) => ({
        lamportTime,
        coalesce,
        payload: Buffer.from(payload).toString(),
      })),
  ).toEqual([
    { lamportTime: 1, coalesce: true, payload: 'payload-1' },
    { lamportTime: 1, coalesce: true, payload: 'payload-1' },
  ]);
  const big = events.find(({ name }) => name === 'big');
  expect(big?.payload.every((byte) => byte === 0x78)).toBe(true);
  expect(big?.payload.length).toBeGreaterThan(255);
  const queries = seen.flatMap((message) => (message.type === 'query' ? [message] : []));
  const shared = {
    host: '127.0.8.1',
    port: 17946,
    sourceNode: 'alpha',
    filters: [],
    ackRequested: true,
    noBroadcast: false,
  };
  expect(queries.find(({ name }) => name === 'uptime')).toMatchObject({
    ...shared,
    lamportTime: 1,
    id: 1_996_205_613,
    timeoutMs: 1000,
    payload: Uint8Array.of(0x71),
  });
  expect(queries.find(({ name }) => name === '_serf_ping')).toMatchObject({
    ...shared,
    lamportTime: 2,
    id: 849_196_701,
  });
  const responses = seen.flatMap((message) => (message.type === 'query-response' ? [message] : []));
  expect(responses.map(({ id, from, isAck }) => `${id} ${from} ${isAck}`).sort()).toEqual([
    '1996205613 alpha true',
    '1996205613 bravo true',
    '1996205613 charlie true',
    '849196701 alpha true',
    '849196701 bravo true',
    '849196701 charlie true',
  ]);
});

test('serf-plain: suspect, dead and leave messages are about the right members', () => {
  const found = new Set(
    openAll(recordings['serf-plain']).flatMap(({ message }) =>
      message.type === 'suspect' || message.type === 'dead'
        ? [`${message.type} ${message.node} ${message.incarnation} from ${message.from}`]
        : [],
    ),
  );
  expect([...found].sort()).toEqual([
    'dead bravo 2 from bravo',
    'dead charlie 1 from bravo',
    'suspect charlie 1 from alpha',
    'suspect charlie 1 from bravo',
  ]);
  const leaves = serfMessages(recordings['serf-plain']).filter(({ type }) => type === 'leave-intent');
  expect(leaves).toMatchObject([
    { node: 'charlie', lamportTime: 2, prune: false, sender: '127.0.8.1' },
    { node: 'bravo', lamportTime: 3, prune: false, sender: '127.0.8.2' },
  ]);
});

test('acks carry nothing or a coordinate of finite numbers in eight dimensions', () => {
  const shape = new StructShape(['Vec', 'Error', 'Adjustment', 'Height']);
  const seen = names.flatMap((name) => openAll(recordings[name]));
  const payloads = seen.flatMap(({ message }) =>
    message.type === 'ack' && message.payload.length > 0 ? [message.payload] : [],
  );
  expect(payloads).toHaveLength(52);
  for (const payload of payloads) {
    const reader = new Reader(payload);
    expect(reader.u8()).toBe(1);
    const numbers: Record<string, number[]> = {};
    const struct = shape.open(reader);
    for (let name = struct.next(); name !== undefined; name = struct.next()) {
      const count = name === 'Vec' ? readArrayHeader(reader) : 1;
      numbers[name] = Array.from({ length: count }, () => readFloat(reader));
    }
    expect(reader.remaining).toBe(0);
    expect(Object.keys(numbers)).toEqual(['Adjustment', 'Error', 'Height', 'Vec']);
    expect(numbers['Vec']).toHaveLength(8);
    expect(numbers['Error']?.[0]).toBeLessThanOrEqual(1.5);
    expect(numbers['Height']?.[0]).toBeGreaterThanOrEqual(1e-5);
    expect(Object.values(numbers).flat().every(Number.isFinite)).toBe(true);
  }
});

test('consul: servers and the client announce the tags of their roles', () => {
  const tags = new Map(
    aliveOf(recordings.consul).map((alive) => [alive.node, { ...alive, tags: decodeTags(alive.meta) }]),
  );
  expect([...tags.keys()].sort()).toEqual(['cli1', 'srv1', 'srv1.dc1', 'srv2.dc2']);
  for (const { versions } of tags.values()) expect(versions).toEqual(consulVersions);
  expect(tags.get('cli1')?.tags).toEqual({
    acls: '0',
    build: '1.8.7:',
    dc: 'dc1',
    id: '93c8acaf-3f61-492d-e098-a633ebf4fcc9',
    role: 'node',
    segment: '',
    vsn: '2',
    vsn_max: '3',
    vsn_min: '2',
  });
  expect(tags.get('srv1')).toMatchObject({
    port: 17301,
    tags: {
      role: 'consul',
      bootstrap: '1',
      port: '17300',
      wan_join_port: '17302',
      raft_vsn: '3',
      ft_fs: '1',
    },
  });
  expect(tags.get('srv2.dc2')).toMatchObject({ port: 17302, tags: { dc: 'dc2', role: 'consul' } });
  expect(tags.get('srv2.dc2')?.addr.join('.')).toBe('127.0.8.6');
});

test('consul: the payload of a user event is a map in the family of today', () => {
  const events = serfMessages(recordings.consul).flatMap((message) =>
    message.type === 'user-event' ? [message] : [],
  );
  const leader = events.filter(({ name }) => name === 'consul:new-leader');
  expect(leader.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['srv1', 'srv1', 'srv1']);
  const deploy = events.find(({ name }) => name === 'consul:event:deploy');
  const reader = new Reader(deploy?.payload ?? new Uint8Array(0));
  const struct = new StructShape(['ID', 'n', 'p', 'sf', 'v']).open(reader);
  const fields: Record<string, unknown> = {};
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'v') fields[name] = readInt(reader);
    else if (name === 'p') fields[name] = Buffer.from(readBytes(reader)).toString();
    else fields[name] = readText(reader);
  }
  expect(fields).toEqual({
    ID: 'fa3ad0f2-b53c-332d-bc48-b74b92ee5904',
    n: 'deploy',
    p: 'payload',
    sf: 'web',
    v: 1,
  });
  expect(deploy).toMatchObject({ lamportTime: 2, coalesce: false });
});
