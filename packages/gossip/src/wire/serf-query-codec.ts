import { encodeMsgpack } from '../codec/msgpack.ts';
import {
  readArrayHeader,
  readBool,
  readBytes,
  readBytesCopy,
  readMapHeader,
  readText,
  readUint,
  skipNil,
  u8Max,
  u16Max,
} from '../codec/msgpack-read.ts';
import { Reader } from '../codec/reader.ts';
import { StructShape } from '../codec/struct.ts';
import { textOrBytes } from '../codec/text.ts';
import { WireError } from '../wire-error.ts';
import { hostFromBytes, hostToBytes } from './address.ts';
import { SerfMessageType } from './serf-messages.ts';
import type { Versions } from './swim-messages.ts';

/**
 * The payloads of Serf's internal queries (`_serf_*`) and their responses: `type:u8 | msgpack`.
 * Shapes list the fields as the Go structs declare them. Source: serf internal_query.go, serf.go Member.
 */
const memberShape = new StructShape([
  'Name',
  'Addr',
  'Port',
  'Tags',
  'Status',
  'ProtocolMin',
  'ProtocolMax',
  'ProtocolCur',
  'DelegateMin',
  'DelegateMax',
  'DelegateCur',
]);
const keyRequestShape = new StructShape(['Key']);
const keyResponseShape = new StructShape(['Result', 'Message', 'Keys', 'PrimaryKey']);

/** A member as a peer describes it in its response to `_serf_conflict`. */
export interface ConflictRecord {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Serf's number: 0 none, 1 alive, 2 leaving, 3 left, 4 failed. */
  readonly status: number;
  readonly versions: Versions;
}

/** The response to `_serf_conflict`; without a member when the peer knows none of this name. */
export interface ConflictResponse {
  readonly type: 'conflict-response';
  readonly member?: ConflictRecord;
}

/** The payload of `_serf_install-key` and similar queries; the key is empty for `_serf_list-keys`. */
export interface KeyRequest {
  readonly type: 'key-request';
  readonly key: Uint8Array;
}

export interface KeyResponse {
  readonly type: 'key-response';
  readonly ok: boolean;
  readonly message: string;
  /** Base64, as the peer lists them. */
  readonly keys: readonly string[];
  readonly primaryKey: string;
}

export type SerfQueryBody = ConflictResponse | KeyRequest | KeyResponse;

/** The payload of an internal query or of its response, type byte included. */
export function encodeSerfQueryBody(body: SerfQueryBody): Uint8Array {
  switch (body.type) {
    case 'conflict-response': {
      const record = body.member === undefined ? null : memberMap(body.member);
      return encodeMsgpack(record, { prefix: [SerfMessageType.conflictResponse] });
    }
    case 'key-request': {
      const key = body.key.length === 0 ? null : body.key;
      return encodeMsgpack({ Key: key }, { prefix: [SerfMessageType.keyRequest] });
    }
    case 'key-response': {
      const keys = body.keys.length === 0 ? null : body.keys;
      const response = {
        Keys: keys,
        Message: textOrBytes(body.message),
        PrimaryKey: body.primaryKey,
        Result: body.ok,
      };
      return encodeMsgpack(response, { prefix: [SerfMessageType.keyResponse] });
    }
  }
}

/** @throws WireError WIRE_UNKNOWN_TYPE, WIRE_MALFORMED, WIRE_TRUNCATED, WIRE_LIMIT. */
export function decodeSerfQueryBody(payload: Uint8Array): SerfQueryBody {
  const reader = new Reader(payload);
  const type = reader.u8();
  switch (type) {
    case SerfMessageType.conflictResponse:
      if (skipNil(reader)) return { type: 'conflict-response' };
      return { type: 'conflict-response', member: decodeMember(reader) };
    case SerfMessageType.keyRequest:
      return decodeKeyRequest(reader);
    case SerfMessageType.keyResponse:
      return decodeKeyResponse(reader);
    default:
      throw new WireError(
        'WIRE_UNKNOWN_TYPE',
        `Serf message type ${type} does not belong into an internal query`,
      );
  }
}

function memberMap({ name, host, port, tags, status, versions }: ConflictRecord): object {
  return {
    Addr: hostToBytes(host),
    DelegateCur: versions.delegateCur,
    DelegateMax: versions.delegateMax,
    DelegateMin: versions.delegateMin,
    Name: textOrBytes(name),
    Port: port,
    ProtocolCur: versions.protocolCur,
    ProtocolMax: versions.protocolMax,
    ProtocolMin: versions.protocolMin,
    Status: status,
    Tags: new Map(Object.entries(tags).map(([tag, value]) => [textOrBytes(tag), textOrBytes(value)])),
  };
}

function decodeMember(reader: Reader): ConflictRecord {
  let name = '';
  let addr: Uint8Array = new Uint8Array(0);
  let port = 0;
  let tags: Readonly<Record<string, string>> = {};
  let status = 0;
  const versions = {
    protocolMin: 0,
    protocolMax: 0,
    protocolCur: 0,
    delegateMin: 0,
    delegateMax: 0,
    delegateCur: 0,
  };
  const struct = memberShape.open(reader);
  for (let field = struct.next(); field !== undefined; field = struct.next()) {
    if (field === 'Name') name = readText(reader);
    else if (field === 'Addr') addr = readBytes(reader);
    else if (field === 'Port') port = readUint(reader, u16Max);
    else if (field === 'Tags') tags = readTags(reader);
    else if (field === 'Status') status = readUint(reader, u8Max);
    else if (field === 'ProtocolMin') versions.protocolMin = readUint(reader, u8Max);
    else if (field === 'ProtocolMax') versions.protocolMax = readUint(reader, u8Max);
    else if (field === 'ProtocolCur') versions.protocolCur = readUint(reader, u8Max);
    else if (field === 'DelegateMin') versions.delegateMin = readUint(reader, u8Max);
    else if (field === 'DelegateMax') versions.delegateMax = readUint(reader, u8Max);
    else versions.delegateCur = readUint(reader, u8Max);
  }
  return { name, host: hostFromBytes(addr), port, tags, status, versions };
}

function readTags(reader: Reader): Readonly<Record<string, string>> {
  const tags = new Map<string, string>();
  for (let left = readMapHeader(reader); left > 0; left -= 1) {
    const name = readText(reader);
    tags.set(name, readText(reader));
  }
  return Object.fromEntries(tags);
}

function decodeKeyRequest(reader: Reader): KeyRequest {
  let key: Uint8Array = new Uint8Array(0);
  const struct = keyRequestShape.open(reader);
  while (struct.next() !== undefined) key = readBytesCopy(reader);
  return { type: 'key-request', key };
}

function decodeKeyResponse(reader: Reader): KeyResponse {
  let ok = false;
  let message = '';
  let keys: string[] = [];
  let primaryKey = '';
  const struct = keyResponseShape.open(reader);
  for (let field = struct.next(); field !== undefined; field = struct.next()) {
    if (field === 'Result') ok = readBool(reader);
    else if (field === 'Message') message = readText(reader);
    else if (field === 'PrimaryKey') primaryKey = readText(reader);
    else {
      keys = [];
      for (let left = readArrayHeader(reader); left > 0; left -= 1) keys.push(readText(reader));
    }
  }
  return { type: 'key-response', ok, message, keys, primaryKey };
}
