import { WireError } from '../errors.ts';
import {
  readArrayHeader,
  readBytesCopy,
  readFloat,
  readInt,
  readMapHeader,
  readText,
} from './msgpack-read.ts';
import type { Reader } from './reader.ts';

/** What MessagePack can say without extensions. Maps have text as keys. */
export type PlainValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** Deeper values come from a mistake or from somebody who means harm. */
const depthMax = 32;

/**
 * One whole value of unknown shape, with copies of all bytes. Text and bytes keep their kinds, as `spec` writes them.
 * @throws WireError WIRE_TRUNCATED, WIRE_LIMIT beyond safe integers and 32 levels, WIRE_MALFORMED for extensions and
 *   for keys that are no text.
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
    default:
      return readInt(reader);
  }
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
