import {
  type Reader,
  readArrayHeader,
  readBool,
  readFloat,
  readInt,
  readMapHeader,
  readText,
  WireError,
  type Writer,
  writeArrayHeader,
  writeBool,
  writeFloat,
  writeInt,
  writeMapHeader,
  writeNil,
  writeRawText,
} from '@hobnob/gossip/codec';
import { jsonDepthMax } from '../go/json-parse.ts';
import { sortedKeys } from '../go/json-sink.ts';
import { type JsonValue, newMap } from '../go/json-value.ts';

/** MessagePack of what the codec of gossip has no use for: integers of 64 bits, exact, and values of any kind. */

const u64Tag = 0xcf;
const i64Tag = 0xd3;

/** An integer of 64 bits, signed or not, in its smallest form. */
export function writeBigInt(writer: Writer, value: bigint): void {
  const number = Number(value);
  if (Number.isSafeInteger(number)) {
    writeInt(writer, number);
    return;
  }
  writer.u8(value < 0n ? i64Tag : u64Tag);
  writer.u32(Number(BigInt.asUintN(32, value >> 32n)));
  writer.u32(Number(BigInt.asUintN(32, value)));
}

/**
 * An integer of 64 bits, in any form but a float.
 * @throws WireError WIRE_MALFORMED for another kind of value, WIRE_LIMIT when it is out of the range of its sign.
 */
export function readBigInt(reader: Reader, isSigned: boolean): bigint {
  const tag = reader.peek();
  if (tag === 0) {
    reader.skip(1);
    return 0n;
  }
  if (tag !== u64Tag && tag !== i64Tag) return checked(BigInt(readInt(reader)), isSigned);
  reader.skip(1);
  const bits = (BigInt(reader.u32()) << 32n) | BigInt(reader.u32());
  return checked(tag === i64Tag ? BigInt.asIntN(64, bits) : bits, isSigned);
}

function checked(value: bigint, isSigned: boolean): bigint {
  const held = isSigned ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
  if (held === value) return value;
  throw new WireError(
    'WIRE_LIMIT',
    `${value} does not fit ${isSigned ? 'a signed' : 'an unsigned'} integer of 64 bits`,
  );
}

/** A value of any kind as Go writes an `interface{}` that came from JSON: every number is a float. */
export function writePlain(writer: Writer, value: JsonValue): void {
  if (value === null) writeNil(writer);
  else if (typeof value === 'boolean') writeBool(writer, value);
  else if (typeof value === 'number') writeFloat(writer, value);
  else if (typeof value === 'string') writeRawText(writer, value);
  else if (isList(value)) {
    writeArrayHeader(writer, value.length);
    for (const item of value) writePlain(writer, item);
  } else {
    const keys = sortedKeys(value);
    writeMapHeader(writer, keys.length);
    for (const key of keys) {
      writeRawText(writer, key);
      writePlain(writer, value[key] ?? null);
    }
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/**
 * A value of any kind. Text and bytes alike become text, and integers beyond 2^53 the nearest number.
 * @throws WireError, also WIRE_LIMIT when lists and maps are too deep inside one another.
 */
export function readPlain(reader: Reader, depth = 0): JsonValue {
  if (depth > jsonDepthMax) throw new WireError('WIRE_LIMIT', 'a value is too deep');
  const tag = reader.peek();
  if (tag === 0xc0) {
    reader.skip(1);
    return null;
  }
  if (tag === 0xc2 || tag === 0xc3) return readBool(reader);
  if (isMapTag(tag)) return readPlainMap(reader, depth);
  if ((tag >= 0x90 && tag <= 0x9f) || tag === 0xdc || tag === 0xdd) {
    return Array.from({ length: readArrayHeader(reader) }, () => readPlain(reader, depth + 1));
  }
  if (tag === u64Tag || tag === i64Tag) return Number(readBigInt(reader, tag === i64Tag));
  if (tag < 0x80 || tag >= 0xe0 || (tag >= 0xca && tag <= 0xd2)) return readFloat(reader);
  return readText(reader);
}

function isMapTag(tag: number): boolean {
  return (tag >= 0x80 && tag <= 0x8f) || tag === 0xde || tag === 0xdf;
}

function readPlainMap(reader: Reader, depth: number): JsonValue {
  const map = newMap<JsonValue>();
  for (let left = readMapHeader(reader); left > 0; left -= 1) {
    const key = readText(reader);
    map[key] = readPlain(reader, depth + 1);
  }
  return map;
}
