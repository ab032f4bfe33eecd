import { expect, test } from 'vitest';
import { encodeMsgpack } from '../codec/msgpack.ts';
import { decodeSerfMessage, encodeSerfMessage } from './serf-codec.ts';
import type { QueryMessage, SerfMessage } from './serf-messages.ts';
import {
  type ConflictRecord,
  decodeSerfQueryBody,
  encodeSerfQueryBody,
  type SerfQueryBody,
} from './serf-query-codec.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const decode = (type: number, body: unknown) => decodeSerfMessage(encodeMsgpack(body, { prefix: [type] }));
const refusal = (code: string) => expect.objectContaining({ name: 'WireError', code });
const none = new Uint8Array(0);

const query: QueryMessage = {
  type: 'query',
  lamportTime: 7,
  id: 9,
  host: '127.0.0.1',
  port: 7946,
  sourceNode: 'a',
  filters: [],
  ackRequested: true,
  noBroadcast: true,
  relayFactor: 2,
  timeoutMs: 3200,
  name: 'uptime',
  payload: none,
};

test('a leave intent is the published vector', () => {
  const leave: SerfMessage = { type: 'leave-intent', lamportTime: 5, node: 'fakeZ', prune: false };
  const vector = '0083a54c54696d6505a44e6f6465a566616b655aa55072756e65c2';
  expect(hex(encodeSerfMessage(leave))).toBe(vector);
  expect(decodeSerfMessage(Buffer.from(vector, 'hex'))).toEqual(leave);
});

test('bodies have ascending keys, nil payloads and the timeout in nanoseconds', () => {
  expect(hex(encodeSerfMessage(query))).toBe(
    hex(
      encodeMsgpack(
        {
          Addr: Buffer.of(127, 0, 0, 1),
          Filters: null,
          Flags: 3,
          ID: 9,
          LTime: 7,
          Name: 'uptime',
          Payload: null,
          Port: 7946,
          RelayFactor: 2,
          SourceNode: 'a',
          Timeout: 3_200_000_000n,
        },
        { prefix: [4] },
      ),
    ),
  );
  const event: SerfMessage = {
    type: 'user-event',
    lamportTime: 1,
    name: 'n',
    payload: Uint8Array.of(1),
    coalesce: true,
  };
  expect(hex(encodeSerfMessage(event))).toBe('0384a24343c3a54c54696d6501a44e616d65a16ea75061796c6f6164a101');
});

test('a query may have a timeout beyond 2^53 nanoseconds, and a negative one', () => {
  const timeoutOf = (token: string) => {
    const message = decodeSerfMessage(Buffer.from(`0482a441646472a47f000001a754696d656f7574${token}`, 'hex'));
    return message.type === 'query' ? message.timeoutMs : undefined;
  };
  expect(timeoutOf('cf00265e8af3930000')).toBe(3000 * 3_600_000);
  expect(timeoutOf('d37fffffffffffffff')).toBe(2 ** 63 / 1e6);
  expect(timeoutOf('cf7fffffffffffffff')).toBe(2 ** 63 / 1e6);
  expect(timeoutOf('d3ffffffffffe17b80')).toBe(-2);
  expect(() => timeoutOf('cf8000000000000000')).toThrow('2^63');
});

test('filters are the published vectors', () => {
  const filters = [
    { kind: 'node', names: ['fakeZ', 's10'] },
    { kind: 'tag', tag: 'role', expression: 'fake|web.*' },
  ] as const;
  const bytes = encodeSerfMessage({ ...query, filters });
  expect(hex(bytes)).toContain('0092a566616b655aa3733130');
  expect(hex(bytes)).toContain('0182a445787072aa66616b657c7765622e2aa3546167a4726f6c65');
  expect(decodeSerfMessage(bytes)).toEqual({ ...query, filters });
});

test('a filter that is malformed, empty or of an unknown kind is decoded as unknown, and the query is valid', () => {
  const body = {
    Addr: Buffer.of(127, 0, 0, 1),
    Filters: [none, Buffer.of(2, 0x80), Buffer.of(0, 0x07), Buffer.of(1, 0x81)],
  };
  const unknown = { kind: 'unknown' };
  expect(decode(4, body)).toHaveProperty('filters', [unknown, unknown, unknown, unknown]);
});

test('a relay is its destination and the unchanged message', () => {
  const inner = Uint8Array.of(5, 0x80);
  const relay: SerfMessage = { type: 'relay', host: '127.0.0.2', port: 7946, destinationName: 'b', inner };
  const destination = { DestAddr: { IP: Buffer.of(127, 0, 0, 2), Port: 7946, Zone: '' }, DestName: 'b' };
  expect(hex(encodeSerfMessage(relay))).toBe(hex(encodeMsgpack(destination, { prefix: [9] })) + hex(inner));
  expect(decodeSerfMessage(encodeSerfMessage(relay))).toEqual(relay);
});

test('unused slots of the event ring are omitted', () => {
  const slot = {
    LTime: 3,
    Events: [
      { Name: 'deploy', Payload: Buffer.of(1) },
      { Name: 'x', Payload: null },
    ],
  };
  const ring = Array.from({ length: 512 }, (_, index) => (index === 3 ? slot : null));
  expect(decode(2, { Events: ring, LTime: 4, StatusLTimes: { a: 1 }, LeftMembers: ['b'] })).toEqual({
    type: 'serf-push-pull',
    lamportTime: 4,
    statusTimes: new Map([['a', 1]]),
    leftMembers: ['b'],
    eventTime: 0,
    events: [
      {
        lamportTime: 3,
        events: [
          { name: 'deploy', payload: Uint8Array.of(1) },
          { name: 'x', payload: none },
        ],
      },
    ],
    queryTime: 0,
  });
});

test('a push/pull has ascending keys', () => {
  const state: SerfMessage = {
    type: 'serf-push-pull',
    lamportTime: 4,
    statusTimes: new Map([['a', 1]]),
    leftMembers: ['b'],
    eventTime: 5,
    events: [{ lamportTime: 3, events: [{ name: 'x', payload: none }] }],
    queryTime: 6,
  };
  const body = {
    EventLTime: 5,
    Events: [{ Events: [{ Name: 'x', Payload: null }], LTime: 3 }],
    LTime: 4,
    LeftMembers: ['b'],
    QueryLTime: 6,
    StatusLTimes: { a: 1 },
  };
  expect(hex(encodeSerfMessage(state))).toBe(hex(encodeMsgpack(body, { prefix: [2] })));
});

test('a Lamport time beyond 2^53 is refused in every message', () => {
  const hostile = 2n ** 64n - 1n;
  const bodies: readonly (readonly [number, object])[] = [
    [0, { LTime: hostile }],
    [1, { LTime: hostile }],
    [3, { LTime: hostile }],
    [4, { LTime: hostile }],
    [5, { LTime: hostile }],
    [2, { StatusLTimes: { a: hostile } }],
    [2, { Events: [{ LTime: hostile }] }],
    [2, { QueryLTime: hostile }],
  ];
  for (const [type, body] of bodies) expect(() => decode(type, body)).toThrow(refusal('WIRE_LIMIT'));
});

test.each([6, 7, 8, 10, 255])('type %d is refused as a message', (type) => {
  expect(() => decode(type, {})).toThrow(refusal('WIRE_UNKNOWN_TYPE'));
});

test('a query without an origin, and an empty message, are refused', () => {
  expect(() => decode(4, { LTime: 1 })).toThrow(refusal('WIRE_MALFORMED'));
  expect(() => decodeSerfMessage(none)).toThrow(refusal('WIRE_TRUNCATED'));
});

const record: ConflictRecord = {
  name: 'a',
  host: '127.0.0.1',
  port: 7946,
  tags: { role: 'web' },
  status: 1,
  versions: {
    protocolMin: 1,
    protocolMax: 5,
    protocolCur: 2,
    delegateMin: 2,
    delegateMax: 5,
    delegateCur: 4,
  },
};

test.each<SerfQueryBody>([
  { type: 'conflict-response' },
  { type: 'conflict-response', member: record },
  { type: 'key-request', key: Uint8Array.of(1, 2, 3) },
  { type: 'key-request', key: none },
  { type: 'key-response', ok: true, message: '', keys: ['a2V5', 'b3RoZXI='], primaryKey: 'a2V5' },
  { type: 'key-response', ok: false, message: 'no keyring', keys: [], primaryKey: '' },
])('the body of an internal query is decoded as it was encoded: $type', (body) => {
  expect(decodeSerfQueryBody(encodeSerfQueryBody(body))).toEqual(body);
});

test('a key list request of a real peer is decoded', () => {
  expect(decodeSerfQueryBody(Buffer.from('0781a34b6579a0', 'hex'))).toEqual({
    type: 'key-request',
    key: none,
  });
  expect(() => decodeSerfQueryBody(none)).toThrow(refusal('WIRE_TRUNCATED'));
  expect(() => decodeSerfQueryBody(Buffer.of(5, 0x80))).toThrow(refusal('WIRE_UNKNOWN_TYPE'));
});
