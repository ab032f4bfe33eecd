import { WireError } from '../wire-error.ts';
import type { Reader } from './reader.ts';

/**
 * Reading MessagePack that a hostile peer may have written. Lenient in form, as go-msgpack is: any integer
 * width, text or bytes in any family, bytes as a list of small integers, nil for any zero value. Strict in
 * bounds: nothing is allocated before its length was checked against the bytes at hand, and nothing recurses.
 */

/** The largest value of an unsigned 8-bit field. */
export const u8Max = 0xff;
/** The largest value of an unsigned 16-bit field. */
export const u16Max = 0xffff;
/** The largest value of an unsigned 32-bit field. */
export const u32Max = 0xffff_ffff;

/**
 * An integer from 0 to `max`, in any form but a float.
 * @throws WireError WIRE_MALFORMED for another kind of value, WIRE_LIMIT when out of range.
 */
export function readUint(reader: Reader, max: number = Number.MAX_SAFE_INTEGER): number {
  const value = readAnyInt(reader);
  if (value < 0 || value > max) throw new WireError('WIRE_LIMIT', `${value} is not from 0 to ${max}`);
  return value;
}

/**
 * A safe integer of either sign, in any form but a float.
 * @throws WireError WIRE_MALFORMED for another kind of value, WIRE_LIMIT beyond 2^53 - 1.
 */
export function readInt(reader: Reader): number {
  return readAnyInt(reader);
}

/**
 * An integer of 64 bits as the nearest number: for what may lose its last digits, such as a long time in nanoseconds.
 * @throws WireError WIRE_MALFORMED for another kind of value, WIRE_LIMIT from 2^63 on.
 */
export function readNearestInt(reader: Reader): number {
  const tag = reader.peek();
  if (tag !== 0xcf && tag !== 0xd3) return readAnyInt(reader);
  reader.skip(1);
  const high = reader.u32();
  if (tag === 0xcf && high > 0x7fff_ffff) throw new WireError('WIRE_LIMIT', 'an integer is beyond 2^63 - 1');
  return (high | 0) * 0x1_0000_0000 + reader.u32();
}

/** A float; integers are accepted. @throws WireError WIRE_MALFORMED for another kind of value. */
export function readFloat(reader: Reader): number {
  const tag = reader.peek();
  if (tag !== 0xca && tag !== 0xcb) return readAnyInt(reader);
  reader.skip(1);
  return tag === 0xca ? reader.f32() : reader.f64();
}

/** A truth value; nil is false, and 0 and 1 are accepted. @throws WireError WIRE_MALFORMED otherwise. */
export function readBool(reader: Reader): boolean {
  const tag = reader.u8();
  if (tag === 0xc3 || tag === 0x01) return true;
  if (tag === 0xc2 || tag === 0xc0 || tag === 0x00) return false;
  throw wrongKind('a truth value', tag);
}

/** Text; nil is empty. Bytes that are not UTF-8 survive, see `decodeText`. @throws WireError WIRE_MALFORMED. */
export function readText(reader: Reader): string {
  const tag = reader.u8();
  const count = rawBytes(reader, tag);
  if (count < 0) throw wrongKind('text', tag);
  return count === 0 ? '' : reader.text(count);
}

/**
 * Bytes as a view of the source (a list of integers gives fresh ones); nil is empty.
 * @throws WireError WIRE_MALFORMED for another kind of value.
 */
export function readBytes(reader: Reader): Uint8Array {
  const tag = reader.u8();
  const count = rawBytes(reader, tag);
  return count < 0 ? readByteList(reader, tag) : reader.bytes(count);
}

/** As {@link readBytes}, but always fresh bytes that may be kept. */
export function readBytesCopy(reader: Reader): Uint8Array {
  const tag = reader.u8();
  const count = rawBytes(reader, tag);
  return count < 0 ? readByteList(reader, tag) : reader.copy(count);
}

/** The number of elements of a list; nil has none. @throws WireError WIRE_MALFORMED, WIRE_TRUNCATED. */
export function readArrayHeader(reader: Reader): number {
  const tag = reader.u8();
  const count = tag === 0xc0 ? 0 : arrayCount(reader, tag);
  if (count < 0) throw wrongKind('a list', tag);
  return fitting(reader, count, 1);
}

/** The number of pairs of a map; nil has none. @throws WireError WIRE_MALFORMED, WIRE_TRUNCATED. */
export function readMapHeader(reader: Reader): number {
  const tag = reader.u8();
  const count = tag === 0xc0 ? 0 : mapCount(reader, tag);
  if (count < 0) throw wrongKind('a map', tag);
  return fitting(reader, count, 2);
}

/**
 * The header of a struct: a map, nil, or a list with the fields in declared order.
 * Gives the count, and -1 - count for a list, so that nothing is allocated.
 */
export function readStructHeader(reader: Reader): number {
  const tag = reader.u8();
  if (tag === 0xc0) return 0;
  const pairs = mapCount(reader, tag);
  if (pairs >= 0) return fitting(reader, pairs, 2);
  const items = arrayCount(reader, tag);
  if (items >= 0) return -1 - fitting(reader, items, 1);
  throw wrongKind('a struct', tag);
}

/** Skips nil and returns true; otherwise returns false without moving. */
export function skipNil(reader: Reader): boolean {
  if (reader.peek() !== 0xc0) return false;
  reader.skip(1);
  return true;
}

/** The byte length of a map's key, which must be text or bytes. @throws WireError WIRE_MALFORMED. */
export function readKeyHeader(reader: Reader): number {
  const tag = reader.u8();
  const count = rawBytes(reader, tag);
  if (count < 0) throw wrongKind('a key', tag);
  return fitting(reader, count, 1);
}

function readAnyInt(reader: Reader): number {
  const tag = reader.u8();
  if (tag < 0x80) return tag;
  switch (tag) {
    case 0xc0:
      return 0;
    case 0xcc:
      return reader.u8();
    case 0xcd:
      return reader.u16();
    case 0xce:
      return reader.u32();
    case 0xcf:
      return reader.u64();
    case 0xd0:
      return (reader.u8() << 24) >> 24;
    case 0xd1:
      return (reader.u16() << 16) >> 16;
    case 0xd2:
      return reader.u32() | 0;
    case 0xd3:
      return reader.i64();
    default:
      if (tag >= 0xe0) return tag - 0x100;
      throw wrongKind('an integer', tag);
  }
}

/** The byte length of text or bytes, 0 for nil, -1 for anything else. */
function rawBytes(reader: Reader, tag: number): number {
  if (tag >= 0xa0 && tag <= 0xbf) return tag & 0x1f;
  if (tag === 0xda || tag === 0xc5) return reader.u16();
  if (tag === 0xd9 || tag === 0xc4) return reader.u8();
  if (tag === 0xdb || tag === 0xc6) return reader.u32();
  return tag === 0xc0 ? 0 : -1;
}

function arrayCount(reader: Reader, tag: number): number {
  if (tag >= 0x90 && tag <= 0x9f) return tag & 0x0f;
  if (tag === 0xdc) return reader.u16();
  return tag === 0xdd ? reader.u32() : -1;
}

function mapCount(reader: Reader, tag: number): number {
  if (tag >= 0x80 && tag <= 0x8f) return tag & 0x0f;
  if (tag === 0xde) return reader.u16();
  return tag === 0xdf ? reader.u32() : -1;
}

function readByteList(reader: Reader, tag: number): Uint8Array {
  const count = arrayCount(reader, tag);
  if (count < 0) throw wrongKind('bytes', tag);
  const bytes = new Uint8Array(fitting(reader, count, 1));
  for (let i = 0; i < count; i += 1) bytes[i] = readUint(reader, u8Max);
  return bytes;
}

/** Refuses a count that exceeds the remaining bytes, before memory is allocated for it. */
function fitting(reader: Reader, count: number, bytesEach: number): number {
  if (count * bytesEach <= reader.remaining) return count;
  throw new WireError('WIRE_TRUNCATED', `${count} elements announced, ${reader.remaining} bytes left`);
}

function wrongKind(wanted: string, tag: number): WireError {
  return new WireError(
    'WIRE_MALFORMED',
    `${wanted} wanted, token 0x${tag.toString(16).padStart(2, '0')} found`,
  );
}
