import {
  readArrayHeader,
  readBytesCopy,
  readFloat,
  readInt,
  readMapHeader,
  readText,
} from '../codec/msgpack-read.ts';
import type { Reader } from '../codec/reader.ts';
import { WireError } from '../wire-error.ts';
import { isExtension, readExtension } from './extensions.ts';

/** What a payload can hold. Maps have text as keys. A whole number beyond safe integers is a bigint. */
export type PlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** Deeper values come from a mistake or an attack. */
export const depthMax = 32;

/**
 * One whole value of unknown shape, with copies of all bytes. Text and bytes keep their kinds, as `spec` writes them.
 * @throws WireError WIRE_TRUNCATED, WIRE_LIMIT beyond 32 levels, WIRE_MALFORMED for unknown extensions and for keys
 *   that are no text.
 */
export function readValue(reader: Reader): PlainValue {
  return readNested(reader, 0);
}

function readNested(reader: Reader, depth: number): PlainValue {
  if (depth > depthMax) throw new WireError('WIRE_LIMIT', `a value is more than ${depthMax} levels deep`);
  const tag = reader.peek();
  if (isMap(tag)) return readMap(reader, depth);
  if (isArray(tag)) return readArray(reader, depth);
  if (isText(tag)) return readText(reader);
  if (isExtension(tag)) return readExtension(reader);
  switch (tag) {
    case 0xc0:
      reader.skip(1);
      return null;
    case 0xc2:
    case 0xc3:
      reader.skip(1);
      return tag === 0xc3;
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return readBytesCopy(reader);
    case 0xca:
    case 0xcb:
      return readFloat(reader);
    case 0xcf:
    case 0xd3:
      return readInt64(reader);
    default:
      return readInt(reader);
  }
}

function readInt64(reader: Reader): number | bigint {
  const isSigned = reader.u8() === 0xd3;
  const bits = (BigInt(reader.u32()) << 32n) | BigInt(reader.u32());
  const value = isSigned ? BigInt.asIntN(64, bits) : bits;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function readArray(reader: Reader, depth: number): readonly PlainValue[] {
  const items: PlainValue[] = [];
  for (let left = readArrayHeader(reader); left > 0; left -= 1) items.push(readNested(reader, depth + 1));
  return items;
}

function readMap(reader: Reader, depth: number): PlainValue {
  const entries: [string, PlainValue][] = [];
  for (let left = readMapHeader(reader); left > 0; left -= 1) {
    if (!isText(reader.peek())) throw new WireError('WIRE_MALFORMED', 'a key is no text');
    const key = readText(reader);
    entries.push([key, readNested(reader, depth + 1)]);
  }
  // Defines own properties, so that a key named __proto__ is a key.
  return Object.fromEntries(entries);
}

function isMap(tag: number): boolean {
  return (tag >= 0x80 && tag <= 0x8f) || tag === 0xde || tag === 0xdf;
}

function isArray(tag: number): boolean {
  return (tag >= 0x90 && tag <= 0x9f) || tag === 0xdc || tag === 0xdd;
}

function isText(tag: number): boolean {
  return (tag >= 0xa0 && tag <= 0xbf) || tag === 0xd9 || tag === 0xda || tag === 0xdb;
}
