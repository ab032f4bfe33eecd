import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { WireError } from '../wire-error.ts';

/**
 * Values that MessagePack has no form of its own for.
 *
 * - Type -1, timestamp, a part of MessagePack's specification. 4 bytes: seconds u32. 8 bytes: nanoseconds u30,
 *   seconds u34. 12 bytes: nanoseconds u32, seconds i64.
 * - Type 0x42, bigint, as msgpackr has it: 1 to 8 bytes, big-endian, two's complement.
 */
const timestampType = -1;
const bigintType = 0x42;

/** The latest time that a Date can hold, and the negated earliest. Source: ECMA-262 21.4.1.1. */
const timeMsMax = 8.64e15;
const nanosPerSecond = 1_000_000_000;

/** A point in time, given in whole milliseconds since 1970. */
export function writeTimestamp(writer: Writer, timeMs: number): void {
  const seconds = Math.floor(timeMs / 1000);
  const nanos = (timeMs - seconds * 1000) * 1_000_000;
  if (nanos === 0 && seconds >= 0 && seconds < 2 ** 32) {
    writeHeader(writer, 0xd6, timestampType);
    writer.u32(seconds);
  } else if (seconds >= 0 && seconds < 2 ** 34) {
    writeHeader(writer, 0xd7, timestampType);
    writer.u32(nanos * 4 + Math.floor(seconds / 2 ** 32));
    writer.u32(seconds >>> 0);
  } else {
    writer.u8(0xc7);
    writeHeader(writer, 12, timestampType);
    writer.u32(nanos);
    writer.u64(seconds);
  }
}

/** A bigint of at most 63 bits and a sign. */
export function writeBigintExtension(writer: Writer, value: bigint): void {
  writeHeader(writer, 0xd7, bigintType);
  writeInt64(writer, value);
}

/** 64 bits of a bigint, in two's complement when negative. */
export function writeInt64(writer: Writer, value: bigint): void {
  const bits = BigInt.asUintN(64, value);
  writer.u32(Number(bits >> 32n));
  writer.u32(Number(bits & 0xffff_ffffn));
}

/** Whether a token begins an extension. */
export function isExtension(tag: number): boolean {
  return (tag >= 0xd4 && tag <= 0xd8) || (tag >= 0xc7 && tag <= 0xc9);
}

/** @throws WireError WIRE_MALFORMED for other types and lengths, WIRE_LIMIT for a time that no Date holds. */
export function readExtension(reader: Reader): Date | bigint {
  const count = readCount(reader, reader.u8());
  const type = (reader.u8() << 24) >> 24;
  if (type === timestampType && (count === 4 || count === 8 || count === 12)) {
    return readTimestamp(reader, count);
  }
  if (type === bigintType && count >= 1 && count <= 8) {
    const bytes = reader.bytes(count);
    return BigInt.asIntN(count * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
  }
  throw new WireError('WIRE_MALFORMED', `an extension of type ${type} and ${count} bytes is not known`);
}

function readTimestamp(reader: Reader, count: 4 | 8 | 12): Date {
  if (count === 4) return new Date(reader.u32() * 1000);
  const high = reader.u32();
  const nanos = count === 8 ? Math.floor(high / 4) : high;
  const seconds = count === 8 ? (high % 4) * 2 ** 32 + reader.u32() : reader.i64();
  if (nanos >= nanosPerSecond) throw new WireError('WIRE_MALFORMED', `${nanos} ns are more than a second`);
  const timeMs = seconds * 1000 + Math.floor(nanos / 1_000_000);
  if (Math.abs(timeMs) > timeMsMax) throw new WireError('WIRE_LIMIT', 'a time is beyond what a Date holds');
  return new Date(timeMs);
}

function writeHeader(writer: Writer, first: number, type: number): void {
  writer.u8(first);
  writer.u8(type);
}

/** The number of bytes that the token, and the length field behind it, announce. */
function readCount(reader: Reader, tag: number): number {
  if (tag >= 0xd4) return 2 ** (tag - 0xd4);
  if (tag === 0xc7) return reader.u8();
  return tag === 0xc8 ? reader.u16() : reader.u32();
}
