/** Cursors over bytes and the MessagePack dialect of Go peers. Knows no protocol. */
export { WireError, type WireErrorCode } from '../wire-error.ts';
export { encodeMsgpack, Float, type MsgpackFamily, type MsgpackOptions } from './msgpack.ts';
export {
  readArrayHeader,
  readBool,
  readBytes,
  readBytesCopy,
  readFloat,
  readInt,
  readMapHeader,
  readText,
  readUint,
  skipNil,
  u8Max,
  u16Max,
  u32Max,
} from './msgpack-read.ts';
export { skipValue, ValueScanner } from './msgpack-skip.ts';
export {
  keyBytes,
  writeArrayHeader,
  writeBool,
  writeFloat,
  writeInt,
  writeMapHeader,
  writeNil,
  writeRaw,
  writeRawText,
  writeUint,
} from './msgpack-tokens.ts';
export { Reader } from './reader.ts';
export { type StructCursor, StructShape } from './struct.ts';
export { decodeText, encodeText, textOrBytes } from './text.ts';
export { Writer } from './writer.ts';
