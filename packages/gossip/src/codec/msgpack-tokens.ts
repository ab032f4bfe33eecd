import { encodeText } from './text.ts';
import type { Writer } from './writer.ts';

/**
 * Single MessagePack tokens as go-msgpack writes them: the smallest form of every integer, floats always
 * 64 bits wide, and text and bytes alike in the old `raw` family (a0..bf, da, db), unless a function says
 * otherwise. For encoders that cannot afford an object between the message and its bytes.
 */

/** The absent value. */
export function writeNil(writer: Writer): void {
  writer.u8(0xc0);
}

/** A truth value. */
export function writeBool(writer: Writer, value: boolean): void {
  writer.u8(value ? 0xc3 : 0xc2);
}

/** A non-negative safe integer in its smallest form. */
export function writeUint(writer: Writer, value: number): void {
  if (value < 0x80) {
    writer.u8(value);
  } else if (value < 0x100) {
    writer.u8(0xcc);
    writer.u8(value);
  } else if (value < 0x10000) {
    writer.u8(0xcd);
    writer.u16(value);
  } else if (value < 0x1_0000_0000) {
    writer.u8(0xce);
    writer.u32(value);
  } else {
    writer.u8(0xcf);
    writer.u64(value);
  }
}

/** A safe integer in its smallest form: unsigned forms for what is not negative, signed ones for the rest. */
export function writeInt(writer: Writer, value: number): void {
  if (value >= 0) {
    writeUint(writer, value);
  } else if (value >= -0x20) {
    writer.u8(value);
  } else if (value >= -0x80) {
    writer.u8(0xd0);
    writer.u8(value);
  } else if (value >= -0x8000) {
    writer.u8(0xd1);
    writer.u16(value);
  } else if (value >= -0x8000_0000) {
    writer.u8(0xd2);
    writer.u32(value);
  } else {
    writer.u8(0xd3);
    writer.u64(value);
  }
}

/** A float, always 64 bits wide. */
export function writeFloat(writer: Writer, value: number): void {
  writer.u8(0xcb);
  writer.f64(value);
}

/** The header of a map; `count` keys, each followed by its value, come next. */
export function writeMapHeader(writer: Writer, count: number): void {
  writeContainerHeader(writer, count, 0x80, 0xde);
}

/** The header of a list; `count` values come next. */
export function writeArrayHeader(writer: Writer, count: number): void {
  writeContainerHeader(writer, count, 0x90, 0xdc);
}

/** The header of `byteCount` raw bytes or bytes of text. */
export function writeRawHeader(writer: Writer, byteCount: number): void {
  if (byteCount < 0x20) {
    writer.u8(0xa0 | byteCount);
  } else if (byteCount < 0x10000) {
    writer.u8(0xda);
    writer.u16(byteCount);
  } else {
    writer.u8(0xdb);
    writer.u32(byteCount);
  }
}

/** Bytes in the raw family. */
export function writeRaw(writer: Writer, bytes: Uint8Array): void {
  writeRawHeader(writer, bytes.length);
  writer.bytes(bytes);
}

/** Text in the raw family; bytes that `decodeText` escaped are written as they were. */
export function writeRawText(writer: Writer, text: string): void {
  const before = writer.length;
  writeRawHeader(writer, text.length);
  if (writer.ascii(text)) return;
  writer.drop(writer.length - before);
  writeRaw(writer, encodeText(text));
}

/** The bytes of an ASCII key of at most 31 characters, to be computed once and written often. */
export function keyBytes(key: string): Uint8Array {
  return Uint8Array.of(0xa0 | key.length, ...encodeText(key));
}

function writeContainerHeader(writer: Writer, count: number, fixed: number, wide: number): void {
  if (count < 0x10) {
    writer.u8(fixed | count);
  } else if (count < 0x10000) {
    writer.u8(wide);
    writer.u16(count);
  } else {
    writer.u8(wide + 1);
    writer.u32(count);
  }
}
