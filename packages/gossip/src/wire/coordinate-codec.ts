import { readArrayHeader, readFloat } from '../codec/msgpack-read.ts';
import { keyBytes, writeArrayHeader, writeFloat, writeMapHeader } from '../codec/msgpack-tokens.ts';
import { Reader } from '../codec/reader.ts';
import { StructShape } from '../codec/struct.ts';
import { Writer } from '../codec/writer.ts';

/**
 * The network coordinate of a member. The distance between two coordinates is the estimated round trip: the distance of
 * their vectors plus both heights and adjustments. All values are in seconds, as in Serf and Consul's API.
 * Source: Vivaldi (Dabek et al., 2004); serf coordinate/coordinate.go.
 */
export interface Coordinate {
  /** A point in eight dimensions. */
  readonly vec: readonly number[];
  /** The error of the coordinate's estimates: 1.5 at first, smaller as they prove right. No unit. */
  readonly error: number;
  /** The part of every round trip that the member's own access link adds. */
  readonly height: number;
  /** The mean error of recent samples. */
  readonly adjustment: number;
}

/** The only version of the payload there is. Source: serf ping_delegate.go PingVersion. */
const payloadVersion = 1;

/** In the order of serf's Go source. */
const shape = new StructShape(['Vec', 'Error', 'Adjustment', 'Height']);

const key = {
  adjustment: keyBytes('Adjustment'),
  error: keyBytes('Error'),
  height: keyBytes('Height'),
  vec: keyBytes('Vec'),
};

/** Encodes the payload of an ack: `01 | map {Adjustment, Error, Height, Vec}`, every number a 64-bit float. */
export function encodeCoordinate({ adjustment, error, height, vec }: Coordinate): Uint8Array {
  const writer = new Writer(64 + 9 * vec.length);
  writer.u8(payloadVersion);
  writeMapHeader(writer, 4);
  writer.bytes(key.adjustment);
  writeFloat(writer, adjustment);
  writer.bytes(key.error);
  writeFloat(writer, error);
  writer.bytes(key.height);
  writeFloat(writer, height);
  writer.bytes(key.vec);
  writeArrayHeader(writer, vec.length);
  for (const part of vec) writeFloat(writer, part);
  return writer.finish();
}

/**
 * The coordinate in an ack's payload; undefined for an empty payload and for an unknown version. Its numbers may be
 * invalid: the caller checks them.
 * @throws WireError WIRE_TRUNCATED, WIRE_MALFORMED.
 */
export function decodeCoordinate(payload: Uint8Array): Coordinate | undefined {
  if (payload[0] !== payloadVersion) return undefined;
  const reader = new Reader(payload, 1);
  let vec: readonly number[] = [];
  let error = 0;
  let adjustment = 0;
  let height = 0;
  const struct = shape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'Vec') vec = readVec(reader);
    else if (name === 'Error') error = readFloat(reader);
    else if (name === 'Adjustment') adjustment = readFloat(reader);
    else height = readFloat(reader);
  }
  return { vec, error, height, adjustment };
}

function readVec(reader: Reader): readonly number[] {
  const vec: number[] = [];
  for (let left = readArrayHeader(reader); left > 0; left -= 1) vec.push(readFloat(reader));
  return vec;
}
