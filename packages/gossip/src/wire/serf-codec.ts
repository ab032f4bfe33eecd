import { encodeMsgpack } from '../codec/msgpack.ts';
import {
  readArrayHeader,
  readBool,
  readBytes,
  readBytesCopy,
  readNearestInt,
  readText,
  readUint,
  u8Max,
  u16Max,
  u32Max,
} from '../codec/msgpack-read.ts';
import { Reader } from '../codec/reader.ts';
import { StructShape } from '../codec/struct.ts';
import { textOrBytes } from '../codec/text.ts';
import { WireError } from '../wire-error.ts';
import { hostFromBytes, hostToBytes } from './address.ts';
import {
  type JoinIntent,
  type LeaveIntent,
  type QueryFilter,
  type QueryMessage,
  type QueryResponseMessage,
  type RelayMessage,
  type SerfMessage,
  SerfMessageType,
  type UserEventMessage,
} from './serf-messages.ts';
import { decodeSerfPushPull, encodeSerfPushPull } from './serf-push-pull-codec.ts';

/**
 * Serf's messages: `type:u8 | msgpack map`. Shapes list the fields as the Go structs declare them.
 * Lamport times are safe integers; a larger one is refused, because no clock could move past it.
 * Source: serf messages.go.
 */
const leaveShape = new StructShape(['LTime', 'Node', 'Prune']);
const joinShape = new StructShape(['LTime', 'Node']);
const userEventShape = new StructShape(['LTime', 'Name', 'Payload', 'CC']);
const queryShape = new StructShape([
  'LTime',
  'ID',
  'Addr',
  'Port',
  'SourceNode',
  'Filters',
  'Flags',
  'RelayFactor',
  'Timeout',
  'Name',
  'Payload',
]);
const responseShape = new StructShape(['LTime', 'ID', 'From', 'Flags', 'Payload']);
const relayShape = new StructShape(['DestAddr', 'DestName']);
const udpAddressShape = new StructShape(['IP', 'Port', 'Zone']);
const tagFilterShape = new StructShape(['Tag', 'Expr']);

const filterKind = { node: 0, tag: 1 } as const;
/** A kind of filter that no version of Serf knows: it matches no member, like a filter that cannot be decoded. */
const unknownFilterKind = 0xff;
const ackFlag = 1;
const noBroadcastFlag = 2;
const nanosecondsPerMs = 1_000_000;
const noBytes = new Uint8Array(0);

/** One Serf message, type byte included. @throws WireError WIRE_MALFORMED when a host is no numeric address. */
export function encodeSerfMessage(message: SerfMessage): Uint8Array {
  switch (message.type) {
    case 'leave-intent': {
      const { lamportTime, node, prune } = message;
      return encode(SerfMessageType.leave, { LTime: lamportTime, Node: textOrBytes(node), Prune: prune });
    }
    case 'join-intent':
      return encode(SerfMessageType.join, { LTime: message.lamportTime, Node: textOrBytes(message.node) });
    case 'user-event': {
      const { lamportTime, name, payload, coalesce } = message;
      const body = { CC: coalesce, LTime: lamportTime, Name: textOrBytes(name), Payload: rawOrNil(payload) };
      return encode(SerfMessageType.userEvent, body);
    }
    case 'query':
      return encodeQuery(message);
    case 'query-response':
      return encodeResponse(message);
    case 'relay':
      return encodeRelay(message);
    case 'serf-push-pull':
      return encodeSerfPushPull(message);
  }
}

/**
 * Decodes a memberlist user message, or the user state of a push/pull. The result holds copies.
 * @throws WireError WIRE_UNKNOWN_TYPE, also for types that only occur inside queries; WIRE_MALFORMED,
 *   WIRE_TRUNCATED, WIRE_LIMIT.
 */
export function decodeSerfMessage(payload: Uint8Array): SerfMessage {
  const reader = new Reader(payload);
  const type = reader.u8();
  switch (type) {
    case SerfMessageType.leave:
      return decodeLeave(reader);
    case SerfMessageType.join:
      return decodeJoin(reader);
    case SerfMessageType.pushPull:
      return decodeSerfPushPull(reader);
    case SerfMessageType.userEvent:
      return decodeUserEvent(reader);
    case SerfMessageType.query:
      return decodeQuery(reader);
    case SerfMessageType.queryResponse:
      return decodeResponse(reader);
    case SerfMessageType.relay:
      return decodeRelay(reader);
    default:
      throw new WireError('WIRE_UNKNOWN_TYPE', `Serf message type ${type} is unknown here`);
  }
}

function decodeLeave(reader: Reader): LeaveIntent {
  let lamportTime = 0;
  let node = '';
  let prune = false;
  const struct = leaveShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'LTime') lamportTime = readUint(reader);
    else if (name === 'Node') node = readText(reader);
    else prune = readBool(reader);
  }
  return { type: 'leave-intent', lamportTime, node, prune };
}

function decodeJoin(reader: Reader): JoinIntent {
  let lamportTime = 0;
  let node = '';
  const struct = joinShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'LTime') lamportTime = readUint(reader);
    else node = readText(reader);
  }
  return { type: 'join-intent', lamportTime, node };
}

function decodeUserEvent(reader: Reader): UserEventMessage {
  let lamportTime = 0;
  let eventName = '';
  let payload: Uint8Array = noBytes;
  let coalesce = false;
  const struct = userEventShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'LTime') lamportTime = readUint(reader);
    else if (name === 'Name') eventName = readText(reader);
    else if (name === 'Payload') payload = readBytesCopy(reader);
    else coalesce = readBool(reader);
  }
  return { type: 'user-event', lamportTime, name: eventName, payload, coalesce };
}

function encodeQuery(query: QueryMessage): Uint8Array {
  return encode(SerfMessageType.query, {
    Addr: hostToBytes(query.host),
    Filters: query.filters.length === 0 ? null : query.filters.map(encodeFilter),
    Flags: (query.ackRequested ? ackFlag : 0) | (query.noBroadcast ? noBroadcastFlag : 0),
    ID: query.id,
    LTime: query.lamportTime,
    Name: textOrBytes(query.name),
    Payload: rawOrNil(query.payload),
    Port: query.port,
    RelayFactor: query.relayFactor,
    SourceNode: textOrBytes(query.sourceNode),
    Timeout: Math.round(query.timeoutMs * nanosecondsPerMs),
  });
}

function decodeQuery(reader: Reader): QueryMessage {
  let flags = 0;
  let addr: Uint8Array = noBytes;
  const query = {
    type: 'query' as const,
    lamportTime: 0,
    id: 0,
    host: '',
    port: 0,
    sourceNode: '',
    filters: [] as readonly QueryFilter[],
    ackRequested: false,
    noBroadcast: false,
    relayFactor: 0,
    timeoutMs: 0,
    name: '',
    payload: noBytes as Uint8Array,
  };
  const struct = queryShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'LTime') query.lamportTime = readUint(reader);
    else if (name === 'ID') query.id = readUint(reader, u32Max);
    else if (name === 'Addr') addr = readBytes(reader);
    else if (name === 'Port') query.port = readUint(reader, u16Max);
    else if (name === 'SourceNode') query.sourceNode = readText(reader);
    else if (name === 'Filters') query.filters = readFilters(reader);
    else if (name === 'Flags') flags = readUint(reader, u32Max);
    else if (name === 'RelayFactor') query.relayFactor = readUint(reader, u8Max);
    else if (name === 'Timeout') query.timeoutMs = readNearestInt(reader) / nanosecondsPerMs;
    else if (name === 'Name') query.name = readText(reader);
    else query.payload = readBytesCopy(reader);
  }
  query.host = hostFromBytes(addr);
  query.ackRequested = (flags & ackFlag) !== 0;
  query.noBroadcast = (flags & noBroadcastFlag) !== 0;
  return query;
}

/** A filter is encoded as bytes inside the query: `kind:u8 | msgpack`. Never empty: that crashes peers. */
function encodeFilter(filter: QueryFilter): Uint8Array {
  switch (filter.kind) {
    case 'node':
      return encode(filterKind.node, filter.names.map(textOrBytes));
    case 'tag':
      return encode(filterKind.tag, { Expr: textOrBytes(filter.expression), Tag: textOrBytes(filter.tag) });
    case 'unknown':
      return encode(unknownFilterKind, null);
  }
}

function readFilters(reader: Reader): QueryFilter[] {
  const filters: QueryFilter[] = [];
  for (let left = readArrayHeader(reader); left > 0; left -= 1) filters.push(decodeFilter(readBytes(reader)));
  return filters;
}

/** A filter that cannot be decoded is kept, because the query must be gossiped on unchanged. */
function decodeFilter(bytes: Uint8Array): QueryFilter {
  try {
    const reader = new Reader(bytes);
    const kind = reader.u8();
    if (kind === filterKind.node) return { kind: 'node', names: readTexts(reader) };
    if (kind === filterKind.tag) return decodeTagFilter(reader);
    return { kind: 'unknown' };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { kind: 'unknown' };
  }
}

function decodeTagFilter(reader: Reader): QueryFilter {
  let tag = '';
  let expression = '';
  const struct = tagFilterShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'Tag') tag = readText(reader);
    else expression = readText(reader);
  }
  return { kind: 'tag', tag, expression };
}

function encodeResponse({ lamportTime, id, from, isAck, payload }: QueryResponseMessage): Uint8Array {
  return encode(SerfMessageType.queryResponse, {
    Flags: isAck ? ackFlag : 0,
    From: textOrBytes(from),
    ID: id,
    LTime: lamportTime,
    Payload: rawOrNil(payload),
  });
}

function decodeResponse(reader: Reader): QueryResponseMessage {
  let lamportTime = 0;
  let id = 0;
  let from = '';
  let flags = 0;
  let payload: Uint8Array = noBytes;
  const struct = responseShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'LTime') lamportTime = readUint(reader);
    else if (name === 'ID') id = readUint(reader, u32Max);
    else if (name === 'From') from = readText(reader);
    else if (name === 'Flags') flags = readUint(reader, u32Max);
    else payload = readBytesCopy(reader);
  }
  return { type: 'query-response', lamportTime, id, from, isAck: (flags & ackFlag) !== 0, payload };
}

/** `09 | {DestAddr, DestName} | the inner message`. */
function encodeRelay({ host, port, destinationName, inner }: RelayMessage): Uint8Array {
  const destination = { IP: hostToBytes(host), Port: port, Zone: '' };
  const header = encode(SerfMessageType.relay, {
    DestAddr: destination,
    DestName: textOrBytes(destinationName),
  });
  return Buffer.concat([header, inner]);
}

function decodeRelay(reader: Reader): RelayMessage {
  let ip: Uint8Array = noBytes;
  let port = 0;
  let destinationName = '';
  const struct = relayShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'DestName') {
      destinationName = readText(reader);
      continue;
    }
    const address = udpAddressShape.open(reader);
    for (let part = address.next(); part !== undefined; part = address.next()) {
      if (part === 'IP') ip = readBytes(reader);
      else if (part === 'Port') port = readUint(reader, u16Max);
      else readText(reader);
    }
  }
  const inner = reader.copy(reader.remaining);
  return { type: 'relay', host: hostFromBytes(ip), port, destinationName, inner };
}

function readTexts(reader: Reader): string[] {
  const texts: string[] = [];
  for (let left = readArrayHeader(reader); left > 0; left -= 1) texts.push(readText(reader));
  return texts;
}

function encode(type: number, body: unknown): Uint8Array {
  return encodeMsgpack(body, { prefix: [type] });
}

/** Empty bytes are sent as nil, as peers send absent bytes. */
function rawOrNil(bytes: Uint8Array): Uint8Array | null {
  return bytes.length === 0 ? null : bytes;
}
