import {
  keyBytes,
  Reader,
  readArrayHeader,
  readBool,
  readBytes,
  readBytesCopy,
  readFloat,
  readMapHeader,
  readText,
  readUint,
  StructShape,
  skipNil,
  Writer,
  writeArrayHeader,
  writeBool,
  writeFloat,
  writeInt,
  writeMapHeader,
  writeNil,
  writeRaw,
  writeRawText,
} from '@hobnob/gossip/codec';
import { sortedKeys } from '../go/json-sink.ts';
import { type JsonValue, newMap } from '../go/json-value.ts';
import { isText, keyFromBytes, keyToBytes } from './key-text.ts';
import { readBigInt, readPlain, writeBigInt, writePlain } from './msgpack-scalars.ts';
import {
  fieldsOf,
  type Infer,
  type ListShape,
  type MapShape,
  type RecordShape,
  type Shape,
} from './shape.ts';
import { zeroInside, zeroOf } from './zero.ts';

/**
 * The MessagePack of a shape, as go-msgpack 0.5.5 writes Go structs in Consul's RPC and Raft log: a map of all fields,
 * sorted by name; nil for a nil list, map, pointer or byte slice; the smallest form of every integer, floats always of
 * 64 bits, text and bytes in the raw family. A field that a record lacks is written as its zero value. Source: consensus-and-rpc.md 2.2.
 */
export interface MsgpackCodec<T> {
  encode(value: T): Uint8Array;
  /** Reads the value at the start of `bytes`. @throws WireError. */
  decode(bytes: Uint8Array): T;
  /** For messages of several values. */
  write(writer: Writer, value: T): void;
  /** Reads the next value; fields that are missing are zero, unknown ones are skipped. @throws WireError. */
  read(reader: Reader): T;
}

interface Half {
  readonly write: (writer: Writer, value: unknown) => void;
  readonly read: (reader: Reader) => unknown;
}

const codecs = new WeakMap<Shape, MsgpackCodec<unknown>>();

/** The codec of a shape; made once. */
export function msgpackOf<S extends Shape>(shape: S): MsgpackCodec<Infer<S>> {
  let codec = codecs.get(shape);
  if (codec === undefined) {
    const { write, read } = halfOf(shape);
    codec = {
      write,
      read,
      encode: (value) => {
        const writer = new Writer(256);
        write(writer, value);
        return writer.finish();
      },
      decode: (bytes) => read(new Reader(bytes)),
    };
    codecs.set(shape, codec);
  }
  return codec as MsgpackCodec<Infer<S>>;
}

function halfOf(shape: Shape): Half {
  switch (shape.kind) {
    case 'text':
      return shape.isKey === true ? half(writeKey, readKey) : half(writeRawText, readText);
    case 'bool':
      return half(writeBool, readBool);
    case 'int':
    case 'uint': {
      const isSigned = shape.kind === 'int';
      return half(writeInteger, (reader) => readInteger(reader, isSigned));
    }
    case 'index':
      return half(writeIndex, readIndex);
    case 'u64':
      return half(writeBigInt, (reader) => readBigInt(reader, false));
    case 'duration':
      return half(writeBigInt, (reader) => readBigInt(reader, true));
    case 'float':
      return half(writeFloat, (reader) => (skipNil(reader) ? 0 : readFloat(reader)));
    case 'bytes':
      return nullable(half(writeRaw, readBytesCopy));
    case 'json':
      return half<JsonValue>(writePlain, (reader) => readPlain(reader));
    case 'list':
      return shape.isNilEmpty ? listHalf(shape) : nullable(listHalf(shape));
    case 'map':
      return nullable(mapHalf(shape));
    case 'pointer':
      return nullable(recordHalf(shape.target));
    case 'record':
      return recordHalf(shape);
  }
}

function half<T>(write: (writer: Writer, value: T) => void, read: (reader: Reader) => T): Half {
  return { write: write as Half['write'], read };
}

/** An index that a client invents may be larger than any; the largest safe one stands for it, both ways. */
function writeIndex(writer: Writer, value: number): void {
  writeInt(writer, Math.min(value, Number.MAX_SAFE_INTEGER));
}

function readIndex(reader: Reader): number {
  return reader.peek() === u64Tag ? Number(min(readBigInt(reader, false), largestIndex)) : readUint(reader);
}

const u64Tag = 0xcf;
const largestIndex = BigInt(Number.MAX_SAFE_INTEGER);

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function writeKey(writer: Writer, key: string): void {
  if (isText(key)) writeRawText(writer, key);
  else writeRaw(writer, keyToBytes(key));
}

function readKey(reader: Reader): string {
  return skipNil(reader) ? '' : keyFromBytes(readBytes(reader));
}

/** Numbers beyond 2^53 are whole, and the nearest that JSON or a peer gave. */
function writeInteger(writer: Writer, value: number): void {
  if (Number.isSafeInteger(value)) writeInt(writer, value);
  else writeBigInt(writer, BigInt(value));
}

/** As {@link readBigInt}, without a bigint where a number is exact. */
function readInteger(reader: Reader, isSigned: boolean): number {
  const tag = reader.peek();
  if (tag < 0x80) {
    reader.skip(1);
    return tag;
  }
  return Number(readBigInt(reader, isSigned));
}

/** Nil and null stand for each other. */
function nullable({ write, read }: Half): Half {
  return {
    write: (writer, value) => {
      if (value === null) writeNil(writer);
      else write(writer, value);
    },
    read: (reader) => (skipNil(reader) ? null : read(reader)),
  };
}

function listHalf(shape: ListShape): Half {
  const { write, read } = halfOf(shape.item);
  return {
    write: (writer, value) => {
      const items = value as readonly unknown[];
      writeArrayHeader(writer, items.length);
      for (const item of items) write(writer, item);
    },
    read: (reader) => {
      if (skipNil(reader)) return zeroOf(shape);
      const items: unknown[] = [];
      for (let left = readArrayHeader(reader); left > 0; left -= 1) items.push(read(reader));
      return items;
    },
  };
}

function mapHalf(shape: MapShape): Half {
  const { write, read } = halfOf(shape.item);
  return {
    write: (writer, value) => {
      const map = value as Readonly<Record<string, unknown>>;
      const keys = sortedKeys(map);
      writeMapHeader(writer, keys.length);
      for (const key of keys) {
        writeRawText(writer, key);
        write(writer, map[key]);
      }
    },
    read: (reader) => {
      const map = newMap<unknown>();
      for (let left = readMapHeader(reader); left > 0; left -= 1) {
        const key = readText(reader);
        map[key] = read(reader);
      }
      return map;
    },
  };
}

function recordHalf(shape: RecordShape): Half {
  const fields = fieldsOf(shape).map((entry) => {
    const { name, shape: value, isOwn } = entry;
    const zero = value.kind === 'record' ? zeroInside(value) : zeroOf(value);
    return { name, key: keyBytes(name), zero, isOwn, ...halfOf(value) };
  });
  const sorted = fields.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const withoutOwn = sorted.filter(({ isOwn }) => !isOwn);
  const hasOwn = withoutOwn.length < sorted.length;
  const byName = new Map(fields.map((field) => [field.name, field]));
  const struct = new StructShape(fields.map(({ name }) => name));
  const zero = zeroInside(shape);
  return {
    write: (writer, value) => {
      const record = value as Readonly<Record<string, unknown>>;
      const isSet = ({ name, zero: absent }: (typeof fields)[number]) => (record[name] ?? absent) !== absent;
      const written = hasOwn && sorted.some((entry) => entry.isOwn && isSet(entry)) ? sorted : withoutOwn;
      writeMapHeader(writer, written.length);
      for (const { name, key, write, zero: absent } of written) {
        const held = record[name];
        writer.bytes(key);
        write(writer, held === undefined ? absent : held);
      }
    },
    read: (reader) => {
      const cursor = struct.open(reader);
      // Made for the first field that is not zero: most records inside others have none.
      let record: Record<string, unknown> | undefined;
      for (let name = cursor.next(); name !== undefined; name = cursor.next()) {
        const field = byName.get(name);
        const value = field?.read(reader);
        // -0 is not zero: its bytes are others.
        if (record === undefined && Object.is(value, field?.zero)) continue;
        record ??= zeroOf(shape) as Record<string, unknown>;
        record[name] = value;
      }
      return record ?? zero;
    },
  };
}
