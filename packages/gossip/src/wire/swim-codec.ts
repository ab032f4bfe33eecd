import { encodeMsgpack } from '../codec/msgpack.ts';
import { readBool, readBytes, readBytesCopy, readText, readUint, u32Max } from '../codec/msgpack-read.ts';
import { keyBytes, writeMapHeader, writeRaw, writeRawText, writeUint } from '../codec/msgpack-tokens.ts';
import type { Reader } from '../codec/reader.ts';
import { StructShape } from '../codec/struct.ts';
import { textOrBytes } from '../codec/text.ts';
import { Writer } from '../codec/writer.ts';
import { WireError } from '../wire-error.ts';
import { hostFromBytes, hostToBytes } from './address.ts';
import {
  checkAddress,
  checkName,
  readPort,
  readVersions,
  replyToFrom,
  writeRawOrNil,
  writeVersions,
} from './swim-fields.ts';
import {
  type Ack,
  type Alive,
  type Dead,
  type IndirectPing,
  MessageType,
  type Nack,
  type PacketMessage,
  type Ping,
  type Suspect,
  type Versions,
} from './swim-messages.ts';

/**
 * memberlist's packet messages: `type:u8 | msgpack map`, keys ascending as go-msgpack writes them. The
 * frequent ones are decoded and encoded without an intermediate object; the others are encoded by
 * `encodeMsgpack`, and a test shows that both ways give the same bytes. Shapes list the fields as
 * the Go structs declare them. Source: memberlist net.go.
 */
const pingShape = new StructShape(['SeqNo', 'Node', 'SourceAddr', 'SourcePort', 'SourceNode']);
const indirectPingShape = new StructShape([
  'SeqNo',
  'Target',
  'Port',
  'Node',
  'Nack',
  'SourceAddr',
  'SourcePort',
  'SourceNode',
]);
const ackShape = new StructShape(['SeqNo', 'Payload']);
const nackShape = new StructShape(['SeqNo']);
const suspectShape = new StructShape(['Incarnation', 'Node', 'From']);
const aliveShape = new StructShape(['Incarnation', 'Node', 'Addr', 'Port', 'Meta', 'Vsn']);

const key = {
  addr: keyBytes('Addr'),
  from: keyBytes('From'),
  incarnation: keyBytes('Incarnation'),
  meta: keyBytes('Meta'),
  node: keyBytes('Node'),
  payload: keyBytes('Payload'),
  port: keyBytes('Port'),
  seqNo: keyBytes('SeqNo'),
  sourceAddr: keyBytes('SourceAddr'),
  sourceNode: keyBytes('SourceNode'),
  sourcePort: keyBytes('SourcePort'),
  vsn: keyBytes('Vsn'),
} as const;

const noBytes = new Uint8Array(0);

/** Encodes a message that is a whole packet or a part of a compound. */
export function encodePacketMessage(message: PacketMessage): Uint8Array {
  switch (message.type) {
    case 'ping':
      return encodePing(message);
    case 'indirect-ping':
      return encodeIndirectPing(message);
    case 'ack':
      return encodeAck(message);
    case 'nack':
      return encodeNack(message);
    case 'suspect':
      return encodeAccusation(MessageType.suspect, message);
    case 'dead':
      return encodeAccusation(MessageType.dead, message);
    case 'alive':
      return encodeAlive(message);
    case 'user':
      return encodeUserMessage(message.payload);
  }
}

/** A user message (a message of Serf) in a packet: `08 | payload`. */
export function encodeUserMessage(payload: Uint8Array): Uint8Array {
  const message = Buffer.allocUnsafe(1 + payload.length);
  message[0] = MessageType.user;
  message.set(payload, 1);
  return message;
}

/**
 * Decodes a message that is neither compound nor compressed. The result holds copies.
 * @throws WireError WIRE_UNKNOWN_TYPE, WIRE_MALFORMED, WIRE_TRUNCATED, WIRE_LIMIT.
 */
export function decodePacketMessage(reader: Reader): PacketMessage {
  const type = reader.u8();
  switch (type) {
    case MessageType.ping:
      return decodePing(reader);
    case MessageType.indirectPing:
      return decodeIndirectPing(reader);
    case MessageType.ack:
      return decodeAck(reader);
    case MessageType.nack:
      return decodeNack(reader);
    case MessageType.suspect:
      return decodeAccusation('suspect', reader);
    case MessageType.dead:
      return decodeAccusation('dead', reader);
    case MessageType.alive:
      return decodeAlive(reader);
    case MessageType.user:
      return { type: 'user', payload: reader.copy(reader.remaining) };
    default:
      throw new WireError('WIRE_UNKNOWN_TYPE', `message type ${type} does not belong into a packet`);
  }
}

export function encodePing({ seq, node, replyTo, sourceNode }: Ping): Uint8Array {
  const writer = new Writer();
  writer.u8(MessageType.ping);
  writeMapHeader(writer, 2 + (replyTo === undefined ? 0 : 2) + (sourceNode === undefined ? 0 : 1));
  writer.bytes(key.node);
  writeRawText(writer, node);
  writer.bytes(key.seqNo);
  writeUint(writer, seq);
  if (replyTo !== undefined) {
    writer.bytes(key.sourceAddr);
    writeRaw(writer, hostToBytes(replyTo.host));
  }
  if (sourceNode !== undefined) {
    writer.bytes(key.sourceNode);
    writeRawText(writer, sourceNode);
  }
  if (replyTo !== undefined) {
    writer.bytes(key.sourcePort);
    writeUint(writer, replyTo.port);
  }
  return writer.finish();
}

/** Decodes the body behind the type byte. */
export function decodePing(reader: Reader): Ping {
  let seq = 0;
  let node = '';
  let addr: Uint8Array | undefined;
  let port = 0;
  let sourceNode = '';
  const struct = pingShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'SeqNo') seq = readUint(reader, u32Max);
    else if (name === 'Node') node = readText(reader);
    else if (name === 'SourceAddr') addr = readBytes(reader);
    else if (name === 'SourcePort') port = readPort(reader);
    else sourceNode = readText(reader);
  }
  const replyTo = replyToFrom(addr, port);
  if (replyTo !== undefined && sourceNode !== '') return { type: 'ping', seq, node, replyTo, sourceNode };
  if (replyTo !== undefined) return { type: 'ping', seq, node, replyTo };
  return sourceNode === '' ? { type: 'ping', seq, node } : { type: 'ping', seq, node, sourceNode };
}

function encodeIndirectPing({ seq, target, node, nack, replyTo, sourceNode }: IndirectPing): Uint8Array {
  const body = {
    Nack: nack,
    Node: textOrBytes(node),
    Port: target.port,
    SeqNo: seq,
    ...(replyTo === undefined ? {} : { SourceAddr: hostToBytes(replyTo.host) }),
    ...(sourceNode === undefined ? {} : { SourceNode: textOrBytes(sourceNode) }),
    ...(replyTo === undefined ? {} : { SourcePort: replyTo.port }),
    Target: hostToBytes(target.host),
  };
  return encodeMsgpack(body, { prefix: [MessageType.indirectPing] });
}

function decodeIndirectPing(reader: Reader): IndirectPing {
  let seq = 0;
  let node = '';
  let nack = false;
  let target: Uint8Array = noBytes;
  let port = 0;
  let sourceAddr: Uint8Array | undefined;
  let sourcePort = 0;
  let sourceNode = '';
  const struct = indirectPingShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'SeqNo') seq = readUint(reader, u32Max);
    else if (name === 'Target') target = readBytes(reader);
    else if (name === 'Port') port = readPort(reader);
    else if (name === 'Node') node = readText(reader);
    else if (name === 'Nack') nack = readBool(reader);
    else if (name === 'SourceAddr') sourceAddr = readBytes(reader);
    else if (name === 'SourcePort') sourcePort = readPort(reader);
    else sourceNode = readText(reader);
  }
  const replyTo = replyToFrom(sourceAddr, sourcePort);
  return {
    type: 'indirect-ping',
    seq,
    target: { host: hostFromBytes(target), port },
    node,
    nack,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(sourceNode === '' ? {} : { sourceNode }),
  };
}

export function encodeAck({ seq, payload }: Ack): Uint8Array {
  const writer = new Writer(32 + payload.length);
  writer.u8(MessageType.ack);
  writeMapHeader(writer, 2);
  writer.bytes(key.payload);
  writeRawOrNil(writer, payload);
  writer.bytes(key.seqNo);
  writeUint(writer, seq);
  return writer.finish();
}

/** Decodes the body behind the type byte. */
export function decodeAck(reader: Reader): Ack {
  let seq = 0;
  let payload: Uint8Array = noBytes;
  const struct = ackShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'SeqNo') seq = readUint(reader, u32Max);
    else payload = readBytesCopy(reader);
  }
  return { type: 'ack', seq, payload };
}

function encodeNack({ seq }: Nack): Uint8Array {
  const writer = new Writer(16);
  writer.u8(MessageType.nack);
  writeMapHeader(writer, 1);
  writer.bytes(key.seqNo);
  writeUint(writer, seq);
  return writer.finish();
}

function decodeNack(reader: Reader): Nack {
  let seq = 0;
  const struct = nackShape.open(reader);
  while (struct.next() !== undefined) seq = readUint(reader, u32Max);
  return { type: 'nack', seq };
}

function encodeAccusation(type: number, { incarnation, node, from }: Suspect | Dead): Uint8Array {
  const writer = new Writer();
  writer.u8(type);
  writeMapHeader(writer, 3);
  writer.bytes(key.from);
  writeRawText(writer, from);
  writer.bytes(key.incarnation);
  writeUint(writer, incarnation);
  writer.bytes(key.node);
  writeRawText(writer, node);
  return writer.finish();
}

function decodeAccusation(type: 'suspect' | 'dead', reader: Reader): Suspect | Dead {
  let incarnation = 0;
  let node = '';
  let from = '';
  const struct = suspectShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'Incarnation') incarnation = readUint(reader, u32Max);
    else if (name === 'Node') node = readText(reader);
    else from = readText(reader);
  }
  checkName(node);
  return { type, incarnation, node, from };
}

function encodeAlive({ incarnation, node, addr, port, meta, versions }: Alive): Uint8Array {
  const writer = new Writer(128 + meta.length);
  writer.u8(MessageType.alive);
  writeMapHeader(writer, 6);
  writer.bytes(key.addr);
  writeRaw(writer, addr);
  writer.bytes(key.incarnation);
  writeUint(writer, incarnation);
  writer.bytes(key.meta);
  writeRawOrNil(writer, meta);
  writer.bytes(key.node);
  writeRawText(writer, node);
  writer.bytes(key.port);
  writeUint(writer, port);
  writer.bytes(key.vsn);
  writeVersions(writer, versions);
  return writer.finish();
}

function decodeAlive(reader: Reader): Alive {
  let incarnation = 0;
  let node = '';
  let addr: Uint8Array = noBytes;
  let port = 0;
  let meta: Uint8Array = noBytes;
  let versions: Versions | undefined;
  const struct = aliveShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'Incarnation') incarnation = readUint(reader, u32Max);
    else if (name === 'Node') node = readText(reader);
    else if (name === 'Addr') addr = readBytesCopy(reader);
    else if (name === 'Port') port = readPort(reader);
    else if (name === 'Meta') meta = readBytesCopy(reader);
    else versions = readVersions(reader);
  }
  checkName(node);
  checkAddress(addr);
  if (versions === undefined) return { type: 'alive', incarnation, node, addr, port, meta };
  return { type: 'alive', incarnation, node, addr, port, meta, versions };
}
