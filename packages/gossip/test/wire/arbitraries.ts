import fc from 'fast-check';
import type { EventSlot, QueryFilter, SerfMessage, SerfPushPull } from '../../src/wire/serf-messages.ts';
import type {
  PacketMessage,
  PushPull,
  PushPullNode,
  ReplyTo,
  Versions,
} from '../../src/wire/swim-messages.ts';

/** Random messages of every type, for properties of encoders and decoders. */

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 0xffff_ffff }));
const lamportTime = fc.oneof(u32, fc.maxSafeNat());
const text = fc.string({ unit: 'binary', maxLength: 40 });
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const blob = fc.uint8Array({ maxLength: 300 });
const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
const addr = fc.oneof(ipv4, fc.uint8Array({ minLength: 16, maxLength: 16 }));
const host = fc.oneof(
  ipv4.map((bytes) => bytes.join('.')),
  fc.constantFrom('::1', '2001:db8::7', 'fe80::1:2:3:4'),
);
const port = fc.integer({ min: 1, max: 0xffff });
const replyTo: fc.Arbitrary<ReplyTo> = fc.record({ host, port });

const source = fc.record({ replyTo, sourceNode: name }, { requiredKeys: [] });

const versions: fc.Arbitrary<Versions> = fc.record({
  protocolMin: u8,
  protocolMax: u8,
  protocolCur: u8,
  delegateMin: u8,
  delegateMax: u8,
  delegateCur: u8,
});

const suspicion = { incarnation: u32, node: name, from: text };

export const packetMessage: fc.Arbitrary<PacketMessage> = fc.oneof(
  fc.tuple(fc.record({ type: fc.constant('ping' as const), seq: u32, node: text }), source).map(merge),
  fc
    .tuple(
      fc.record({
        type: fc.constant('indirect-ping' as const),
        seq: u32,
        target: fc.record({ host, port: u16 }),
        node: text,
        nack: fc.boolean(),
      }),
      source,
    )
    .map(merge),
  fc.record({ type: fc.constant('ack' as const), seq: u32, payload: blob }),
  fc.record({ type: fc.constant('nack' as const), seq: u32 }),
  fc.record({ type: fc.constant('suspect' as const), ...suspicion }),
  fc.record({ type: fc.constant('dead' as const), ...suspicion }),
  fc.record({
    type: fc.constant('alive' as const),
    incarnation: u32,
    node: name,
    addr,
    port: u16,
    meta: blob,
    versions,
  }),
  fc.record({ type: fc.constant('user' as const), payload: blob }),
);

const pushPullNode: fc.Arbitrary<PushPullNode> = fc.record({
  name,
  addr,
  port: u16,
  meta: blob,
  incarnation: u32,
  state: fc.constantFrom('alive', 'suspect', 'dead', 'left'),
  versions,
});

export const pushPull: fc.Arbitrary<PushPull> = fc.record({
  type: fc.constant('push-pull' as const),
  join: fc.boolean(),
  nodes: fc.array(pushPullNode, { maxLength: 20 }),
  userState: fc.uint8Array({ maxLength: 2000 }),
});

const filter: fc.Arbitrary<QueryFilter> = fc.oneof(
  fc.record({ kind: fc.constant('node' as const), names: fc.array(text, { maxLength: 20 }) }),
  fc.record({ kind: fc.constant('tag' as const), tag: text, expression: text }),
  fc.constant({ kind: 'unknown' as const }),
);

const slot: fc.Arbitrary<EventSlot> = fc.record({
  lamportTime,
  events: fc.array(fc.record({ name: text, payload: blob }), { maxLength: 4 }),
});

const serfPushPull: fc.Arbitrary<SerfPushPull> = fc.record({
  type: fc.constant('serf-push-pull' as const),
  lamportTime,
  statusTimes: fc.array(fc.tuple(text, lamportTime), { maxLength: 20 }).map((pairs) => new Map(pairs)),
  leftMembers: fc.array(text, { maxLength: 20 }),
  eventTime: lamportTime,
  events: fc.array(slot, { maxLength: 20 }),
  queryTime: lamportTime,
});

export const serfMessage: fc.Arbitrary<SerfMessage> = fc.oneof(
  serfPushPull,
  fc.record({ type: fc.constant('leave-intent' as const), lamportTime, node: text, prune: fc.boolean() }),
  fc.record({ type: fc.constant('join-intent' as const), lamportTime, node: text }),
  fc.record({
    type: fc.constant('user-event' as const),
    lamportTime,
    name: text,
    payload: blob,
    coalesce: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('query' as const),
    lamportTime,
    id: u32,
    host,
    port: u16,
    sourceNode: text,
    filters: fc.array(filter, { maxLength: 4 }),
    ackRequested: fc.boolean(),
    noBroadcast: fc.boolean(),
    relayFactor: u8,
    timeoutMs: fc.integer({ min: -1000, max: 1_000_000_000 }),
    name: text,
    payload: blob,
  }),
  fc.record({
    type: fc.constant('query-response' as const),
    lamportTime,
    id: u32,
    from: text,
    isAck: fc.boolean(),
    payload: blob,
  }),
  fc.record({
    type: fc.constant('relay' as const),
    host,
    port: u16,
    destinationName: text,
    inner: blob,
  }),
);

export const tags = fc
  .array(
    fc.tuple(fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 12 })),
    { maxLength: 5 },
  )
  .map((pairs): Readonly<Record<string, string>> => Object.fromEntries(pairs));

function merge<A extends object, B extends object>([a, b]: [A, B]): A & B {
  return { ...a, ...b };
}
