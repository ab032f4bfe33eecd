// Not 'msgpackr' itself: on Node that loads a native reader, and this module only writes.
import { addExtension, Packr } from 'msgpackr/pack';
import { writeFloat, writeInt, writeRaw } from './msgpack-tokens.ts';
import { Reader } from './reader.ts';
import { describeKind, isPlainObject, typedArrayName } from './value-kinds.ts';
import { Writer } from './writer.ts';

/**
 * A number that is written as a 64-bit float even when it is whole. Plain numbers are written as integers
 * when they are whole, as Go's integer fields demand, and as floats otherwise.
 */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Marks a Float between msgpackr's output and the rewriting; never in the result. */
const floatExtensionType = 0x46;

// msgpackr registers extensions for the whole process; this one applies to the class Float alone.
addExtension({
  Class: Float,
  type: floatExtensionType,
  pack: ({ value }: Float) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return bytes;
  },
  unpack: (bytes: Uint8Array) => new Float(new Reader(bytes).f64()),
});

const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });

/**
 * How text and bytes are written. `raw`: both in the old raw family (a0..bf, da, db), what memberlist and
 * Serf send. `spec`: text may be str8 and bytes are bin8/16/32, as in today's specification; Serf's RPC and
 * Consul's inner event payload use it.
 */
export type MsgpackFamily = 'raw' | 'spec';

/** Options of `encodeMsgpack`. */
export interface MsgpackOptions {
  /** Default `raw`. */
  readonly family?: MsgpackFamily;
  /** Written in front of the value, for instance a message type. */
  readonly prefix?: readonly number[];
}

/**
 * Encodes with msgpackr, then rewrites its tokens to the forms that go-msgpack 0.5.5 itself sends.
 *
 * Objects and Maps keep their order of keys: list them ascending for Go's bytes. `null` and `undefined` are
 * nil, Uint8Array is bytes, {@link Float} forces a float. Whole numbers up to 2^53 and bigints up to 64 bits
 * get the smallest integer form.
 * @throws TypeError for everything else: msgpackr would write other typed arrays with memory that is not theirs.
 */
export function encodeMsgpack(value: unknown, options: MsgpackOptions = {}): Uint8Array {
  requireWritable(value);
  const packed = packr.pack(value);
  const writer = new Writer(packed.length + 16);
  for (const byte of options.prefix ?? []) writer.u8(byte);
  const reader = new Reader(packed);
  const family = options.family ?? 'raw';
  while (reader.remaining > 0) rewriteToken(reader, writer, family);
  return writer.finish();
}

function requireWritable(value: unknown): void {
  if (typeof value === 'bigint') requireInt64(value);
  if (typeof value === 'function' || typeof value === 'symbol') throw unwritable(value);
  if (typeof value !== 'object' || value === null || value instanceof Float) return;
  if (typedArrayName(value) === 'Uint8Array') return;
  if (Array.isArray(value)) {
    for (const item of value) requireWritable(item);
  } else if (value instanceof Map) {
    for (const entry of value) requireWritable(entry);
  } else if (isPlainObject(value)) {
    for (const field of Object.values(value)) requireWritable(field);
  } else {
    throw unwritable(value);
  }
}

function requireInt64(value: bigint): void {
  if (BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value) return;
  throw new TypeError('a bigint beyond 64 bits cannot be written as MessagePack');
}

function unwritable(value: unknown): TypeError {
  return new TypeError(`${describeKind(value)} cannot be written as MessagePack: pass plain values`);
}

/** Copies one token; MessagePack needs no stack for that, as a container is its header and what follows. */
function rewriteToken(reader: Reader, writer: Writer, family: MsgpackFamily): void {
  const tag = reader.u8();
  const rawCount = family === 'raw' ? longRawBytes(tag, reader) : -1;
  if (rawCount >= 0) {
    writeRaw(writer, reader.bytes(rawCount));
  } else if (tag === 0xcb) {
    rewriteNumber(reader.f64(), writer);
  } else if (tag === 0xd3 || tag === 0xcf) {
    rewriteBigInt(tag, reader, writer);
  } else if (tag === 0xd7) {
    writeFloat(writer, readMarkedFloat(reader));
  } else {
    writer.u8(tag);
    writer.bytes(reader.bytes(payloadBytes(tag, reader, writer)));
  }
}

/** The length of a str8 or bin, which the raw family lacks; -1 for any other token. */
function longRawBytes(tag: number, reader: Reader): number {
  if (tag === 0xd9 || tag === 0xc4) return reader.u8();
  if (tag === 0xc5) return reader.u16();
  return tag === 0xc6 ? reader.u32() : -1;
}

/** msgpackr writes whole numbers beyond 32 bits as floats, which Go refuses for an integer field. */
function rewriteNumber(value: number, writer: Writer): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) writeInt(writer, value);
  else writeFloat(writer, value);
}

/** msgpackr writes every bigint with 64 bits, and signed while it can. */
function rewriteBigInt(tag: number, reader: Reader, writer: Writer): void {
  const bytes = reader.bytes(8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const value = tag === 0xd3 ? view.getBigInt64(0) : view.getBigUint64(0);
  const number = Number(value);
  if (Number.isSafeInteger(number)) {
    writeInt(writer, number);
  } else {
    writer.u8(value < 0n ? 0xd3 : 0xcf);
    writer.bytes(bytes);
  }
}

function readMarkedFloat(reader: Reader): number {
  const type = reader.u8();
  if (type !== floatExtensionType)
    throw new TypeError(`msgpackr wrote extension type ${type}: pass plain values`);
  return reader.f64();
}

/** How many bytes of payload follow; copies the length field of texts and bytes. */
function payloadBytes(tag: number, reader: Reader, writer: Writer): number {
  if (tag <= 0x9f || tag >= 0xe0) return 0;
  if (tag <= 0xbf) return tag & 0x1f;
  switch (tag) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return 0;
    case 0xcc:
    case 0xd0:
      return 1;
    case 0xcd:
    case 0xd1:
    case 0xdc:
    case 0xde:
      return 2;
    case 0xce:
    case 0xd2:
    case 0xdd:
    case 0xdf:
      return 4;
    case 0xc4:
    case 0xd9: {
      const count = reader.u8();
      writer.u8(count);
      return count;
    }
    case 0xc5:
    case 0xda: {
      const count = reader.u16();
      writer.u16(count);
      return count;
    }
    case 0xc6:
    case 0xdb: {
      const count = reader.u32();
      writer.u32(count);
      return count;
    }
    default:
      throw new TypeError(`msgpackr wrote token 0x${tag.toString(16)}: pass plain values`);
  }
}
