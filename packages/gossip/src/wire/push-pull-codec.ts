import { encodeMsgpack } from '../codec/msgpack.ts';
import { readBool, readBytesCopy, readInt, readText, readUint, u32Max } from '../codec/msgpack-read.ts';
import { keyBytes, writeMapHeader, writeRaw, writeRawText, writeUint } from '../codec/msgpack-tokens.ts';
import type { Reader } from '../codec/reader.ts';
import { StructShape } from '../codec/struct.ts';
import { Writer } from '../codec/writer.ts';
import { WireError } from '../wire-error.ts';
import { frameBytesMax, pushPullNodesMax } from './limits.ts';
import {
  checkAddress,
  checkName,
  readPort,
  readVersions,
  writeRawOrNil,
  writeVersions,
} from './swim-fields.ts';
import {
  MessageType,
  NodeState,
  type NodeStateName,
  type PushPull,
  type PushPullNode,
  type StreamFault,
  type User,
  type Versions,
} from './swim-messages.ts';

/**
 * The messages that occur on streams alone. The maps of a push/pull follow each other:
 * `06 | header {Join, Nodes, UserStateLen} | Nodes × node state | UserStateLen bytes`.
 * Source: memberlist net.go sendLocalState, readRemoteState.
 */
const pushPullShape = new StructShape(['Nodes', 'UserStateLen', 'Join']);
const nodeShape = new StructShape(['Name', 'Addr', 'Port', 'Meta', 'Incarnation', 'State', 'Vsn']);
const userShape = new StructShape(['UserMsgLen']);
const faultShape = new StructShape(['Error']);

const key = {
  addr: keyBytes('Addr'),
  incarnation: keyBytes('Incarnation'),
  meta: keyBytes('Meta'),
  name: keyBytes('Name'),
  port: keyBytes('Port'),
  state: keyBytes('State'),
  vsn: keyBytes('Vsn'),
} as const;

const noBytes = new Uint8Array(0);
const stateNames: readonly (NodeStateName | undefined)[] = ['alive', 'suspect', 'dead', 'left'];
/** The usual size of a node state, most of which are tags. */
const nodeBytesGuess = 192;

/** The lengths that a push/pull announces before anything else. */
export interface PushPullHeader {
  readonly join: boolean;
  readonly nodesCount: number;
  readonly userStateBytes: number;
}

/** @throws WireError WIRE_LIMIT when the user state is too large for any peer. */
export function encodePushPull({ join, nodes, userState }: PushPull): Uint8Array {
  checkLimit(nodes.length, pushPullNodesMax, 'node states');
  checkLimit(userState.length, frameBytesMax, 'bytes of user state');
  const header = { Join: join, Nodes: nodes.length, UserStateLen: userState.length };
  const writer = new Writer(64 + nodes.length * nodeBytesGuess + userState.length);
  writer.bytes(encodeMsgpack(header, { prefix: [MessageType.pushPull] }));
  for (const node of nodes) writeNode(writer, node);
  writer.bytes(userState);
  return writer.finish();
}

/** @throws WireError WIRE_LIMIT for a length that is negative or too large, before memory is allocated for it. */
export function decodePushPullHeader(reader: Reader): PushPullHeader {
  let nodesCount = 0;
  let userStateBytes = 0;
  let join = false;
  const struct = pushPullShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'Nodes') nodesCount = readInt(reader);
    else if (name === 'UserStateLen') userStateBytes = readInt(reader);
    else join = readBool(reader);
  }
  checkLimit(nodesCount, pushPullNodesMax, 'node states');
  checkLimit(userStateBytes, frameBytesMax, 'bytes of user state');
  return { join, nodesCount, userStateBytes };
}

/** @throws WireError WIRE_MALFORMED without a name, or with an invalid address or state. */
export function decodePushPullNode(reader: Reader): PushPullNode {
  let name = '';
  let addr: Uint8Array = noBytes;
  let port = 0;
  let meta: Uint8Array = noBytes;
  let incarnation = 0;
  let state = 0;
  let versions: Versions | undefined;
  const struct = nodeShape.open(reader);
  for (let field = struct.next(); field !== undefined; field = struct.next()) {
    if (field === 'Name') name = readText(reader);
    else if (field === 'Addr') addr = readBytesCopy(reader);
    else if (field === 'Port') port = readPort(reader);
    else if (field === 'Meta') meta = readBytesCopy(reader);
    else if (field === 'Incarnation') incarnation = readUint(reader, u32Max);
    else if (field === 'State') state = readInt(reader);
    else versions = readVersions(reader);
  }
  checkName(name);
  checkAddress(addr);
  const stateName = stateNames[state];
  if (stateName === undefined) throw new WireError('WIRE_MALFORMED', `node state ${state} is unknown`);
  if (versions === undefined) return { name, addr, port, meta, incarnation, state: stateName };
  return { name, addr, port, meta, incarnation, state: stateName, versions };
}

/** A user message (a message of Serf) on a stream: `08 | {UserMsgLen} | bytes`. */
export function encodeStreamUser({ payload }: User): Uint8Array {
  checkLimit(payload.length, frameBytesMax, 'bytes of user message');
  const header = encodeMsgpack({ UserMsgLen: payload.length }, { prefix: [MessageType.user] });
  return Buffer.concat([header, payload]);
}

/** The length of the user message that follows. @throws WireError WIRE_LIMIT when negative or too large. */
export function decodeStreamUserHeader(reader: Reader): number {
  let payloadBytes = 0;
  const struct = userShape.open(reader);
  while (struct.next() !== undefined) payloadBytes = readInt(reader);
  checkLimit(payloadBytes, frameBytesMax, 'bytes of user message');
  return payloadBytes;
}

/** Why a stream was refused: `0d | {Error}`. */
export function encodeStreamFault({ message }: StreamFault): Uint8Array {
  return encodeMsgpack({ Error: message }, { prefix: [MessageType.error] });
}

/** Decodes the body behind the type byte. */
export function decodeStreamFault(reader: Reader): StreamFault {
  let message = '';
  const struct = faultShape.open(reader);
  while (struct.next() !== undefined) message = readText(reader);
  return { type: 'error', message };
}

function writeNode(
  writer: Writer,
  { name, addr, port, meta, incarnation, state, versions }: PushPullNode,
): void {
  writeMapHeader(writer, 7);
  writer.bytes(key.addr);
  writeRaw(writer, addr);
  writer.bytes(key.incarnation);
  writeUint(writer, incarnation);
  writer.bytes(key.meta);
  writeRawOrNil(writer, meta);
  writer.bytes(key.name);
  writeRawText(writer, name);
  writer.bytes(key.port);
  writeUint(writer, port);
  writer.bytes(key.state);
  writeUint(writer, NodeState[state]);
  writer.bytes(key.vsn);
  writeVersions(writer, versions);
}

function checkLimit(count: number, max: number, what: string): void {
  if (count >= 0 && count <= max) return;
  throw new WireError('WIRE_LIMIT', `${count} ${what}, from 0 to ${max} are allowed`);
}
