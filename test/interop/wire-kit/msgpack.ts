/**
 * A second, independent reading of the wire for the tests: small, unbounded, trusting. It shares no code
 * with the library, so that one mistake cannot hide in both ends.
 */

/** A value already in MessagePack, to be written as it is. */
export class Encoded {
  readonly bytes: Buffer;

  constructor(...parts: readonly (number | Uint8Array)[]) {
    this.bytes = Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : part)));
  }
}

/** What can be written. Text and bytes go out in Go's old raw family, numbers in their smallest form. */
export type Writable =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Encoded
  | readonly Writable[]
  | { readonly [key: string]: Writable };

function uint(value: number): Buffer {
  if (value < 0x80) return Buffer.of(value);
  if (value < 0x100) return Buffer.of(0xcc, value);
  const bytes = Buffer.alloc(9);
  if (value < 0x1_0000) {
    bytes[0] = 0xcd;
    bytes.writeUInt16BE(value, 1);
    return bytes.subarray(0, 3);
  }
  if (value < 0x1_0000_0000) {
    bytes[0] = 0xce;
    bytes.writeUInt32BE(value, 1);
    return bytes.subarray(0, 5);
  }
  bytes[0] = 0xcf;
  bytes.writeBigUInt64BE(BigInt(value), 1);
  return bytes;
}

function raw(bytes: Uint8Array): Buffer {
  const { length } = bytes;
  const header = length < 32 ? Buffer.of(0xa0 | length) : Buffer.of(0xda, length >> 8, length & 0xff);
  return Buffer.concat([header, bytes]);
}

function header(count: number, fixed: number, wide: number): Buffer {
  return count < 16 ? Buffer.of(fixed | count) : Buffer.of(wide, count >> 8, count & 0xff);
}

/** MessagePack as a Go peer writes it; {@link Encoded} goes out as it is. */
export function pack(value: Writable): Buffer {
  if (value === null) return Buffer.of(0xc0);
  if (typeof value === 'boolean') return Buffer.of(value ? 0xc3 : 0xc2);
  if (typeof value === 'number') return uint(value);
  if (typeof value === 'string') return raw(Buffer.from(value));
  if (value instanceof Encoded) return value.bytes;
  if (value instanceof Uint8Array) return raw(value);
  if (isList(value)) return Buffer.concat([header(value.length, 0x90, 0xdc), ...value.map(pack)]);
  const pairs = Object.entries(value);
  return Buffer.concat([
    header(pairs.length, 0x80, 0xde),
    ...pairs.flatMap(([key, item]) => [raw(Buffer.from(key)), pack(item)]),
  ]);
}

function isList(value: Writable): value is readonly Writable[] {
  return Array.isArray(value);
}

/** Forms that real peers also accept, or must refuse. */
export const str8 = (text: string) => new Encoded(0xd9, Buffer.byteLength(text), Buffer.from(text));
export const bin8 = (bytes: Uint8Array) => new Encoded(0xc4, bytes.length, bytes);
export const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return new Encoded(0xd2, bytes);
};
export const float64 = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return new Encoded(0xcb, bytes);
};

/** What was read: text and bytes alike are Buffers. */
export type Readable =
  | null
  | boolean
  | number
  | Buffer
  | readonly Readable[]
  | { readonly [key: string]: Readable };

/** Reads one value at `offset`; says where it ends. */
export function unpack(bytes: Buffer, offset = 0): { readonly value: Readable; readonly end: number } {
  const tag = bytes.readUInt8(offset);
  const at = offset + 1;
  if (tag < 0x80) return { value: tag, end: at };
  if (tag < 0x90) return unpackMap(bytes, at, tag & 0x0f);
  if (tag < 0xa0) return unpackList(bytes, at, tag & 0x0f);
  if (tag < 0xc0) return take(bytes, at, tag & 0x1f);
  if (tag >= 0xe0) return { value: tag - 0x100, end: at };
  const reader = readers[tag];
  if (reader === undefined) throw new Error(`MessagePack tag 0x${tag.toString(16)} at ${offset}`);
  return reader(bytes, at);
}

type Unpacked = ReturnType<typeof unpack>;

function take(bytes: Buffer, start: number, length: number): Unpacked {
  if (start + length > bytes.length) throw new Error(`${length} bytes at ${start} of ${bytes.length}`);
  return { value: bytes.subarray(start, start + length), end: start + length };
}

function unpackList(bytes: Buffer, start: number, count: number): Unpacked {
  const list: Readable[] = [];
  let end = start;
  for (let index = 0; index < count; index += 1) {
    const item = unpack(bytes, end);
    list.push(item.value);
    end = item.end;
  }
  return { value: list, end };
}

function unpackMap(bytes: Buffer, start: number, count: number): Unpacked {
  const map: Record<string, Readable> = {};
  let end = start;
  for (let index = 0; index < count; index += 1) {
    const key = unpack(bytes, end);
    const item = unpack(bytes, key.end);
    map[String(key.value)] = item.value;
    end = item.end;
  }
  return { value: map, end };
}

const readers: Readonly<Record<number, (bytes: Buffer, at: number) => Unpacked>> = {
  192: (_bytes, at) => ({ value: null, end: at }),
  194: (_bytes, at) => ({ value: false, end: at }),
  195: (_bytes, at) => ({ value: true, end: at }),
  196: (bytes, at) => take(bytes, at + 1, bytes.readUInt8(at)),
  197: (bytes, at) => take(bytes, at + 2, bytes.readUInt16BE(at)),
  203: (bytes, at) => ({ value: bytes.readDoubleBE(at), end: at + 8 }),
  204: (bytes, at) => ({ value: bytes.readUInt8(at), end: at + 1 }),
  205: (bytes, at) => ({ value: bytes.readUInt16BE(at), end: at + 2 }),
  206: (bytes, at) => ({ value: bytes.readUInt32BE(at), end: at + 4 }),
  207: (bytes, at) => ({ value: Number(bytes.readBigUInt64BE(at)), end: at + 8 }),
  208: (bytes, at) => ({ value: bytes.readInt8(at), end: at + 1 }),
  209: (bytes, at) => ({ value: bytes.readInt16BE(at), end: at + 2 }),
  210: (bytes, at) => ({ value: bytes.readInt32BE(at), end: at + 4 }),
  211: (bytes, at) => ({ value: Number(bytes.readBigInt64BE(at)), end: at + 8 }),
  217: (bytes, at) => take(bytes, at + 1, bytes.readUInt8(at)),
  218: (bytes, at) => take(bytes, at + 2, bytes.readUInt16BE(at)),
  219: (bytes, at) => take(bytes, at + 4, bytes.readUInt32BE(at)),
  220: (bytes, at) => unpackList(bytes, at + 2, bytes.readUInt16BE(at)),
  221: (bytes, at) => unpackList(bytes, at + 4, bytes.readUInt32BE(at)),
  222: (bytes, at) => unpackMap(bytes, at + 2, bytes.readUInt16BE(at)),
};

/** The fields of a decoded map, by name. */
export type Fields = { readonly [key: string]: Readable };

/** A decoded map. @throws Error for any other value. */
export function asFields(value: Readable | undefined): Fields {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value) || Array.isArray(value)) {
    throw new Error(`a map was expected, not ${String(value)}`);
  }
  return value as Fields;
}
