import { readBytes, readUint, u8Max } from '../codec/msgpack-read.ts';
import { keyBytes, writeMapHeader, writeRaw, writeUint } from '../codec/msgpack-tokens.ts';
import type { Reader } from '../codec/reader.ts';
import { StructShape } from '../codec/struct.ts';
import { Writer } from '../codec/writer.ts';
import { WireError } from '../wire-error.ts';
import { type LzwDecodeOptions, lzwDecode, lzwEncode } from './lzw.ts';
import { MessageType } from './swim-messages.ts';

/** The compress message: `09 | msgpack {Algo, Buf}`. Source: memberlist util.go compressPayload. */
const compressShape = new StructShape(['Algo', 'Buf']);
const lzwAlgorithm = 0;
const key = { algo: keyBytes('Algo'), buf: keyBytes('Buf') } as const;
/** Type byte, map header, both keys, the algorithm and the widest header of bytes. */
const overheadBytesMax = 17;

/** Compresses a message, even if the result is larger. */
export function compressMessage(message: Uint8Array): Uint8Array {
  const packed = lzwEncode(message);
  const writer = new Writer(packed.length + overheadBytesMax);
  writer.u8(MessageType.compress);
  writeMapHeader(writer, 2);
  writer.bytes(key.algo);
  writeUint(writer, lzwAlgorithm);
  writer.bytes(key.buf);
  writeRaw(writer, packed);
  return writer.finish();
}

/**
 * Decompresses the body behind the type byte.
 * @throws WireError WIRE_UNKNOWN_TYPE for another algorithm than LZW, and what `lzwDecode` throws.
 */
export function decompressMessage(body: Reader, options: LzwDecodeOptions): Uint8Array {
  let algorithm = 0;
  let packed: Uint8Array | undefined;
  const struct = compressShape.open(body);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'Algo') algorithm = readUint(body, u8Max);
    else packed = readBytes(body);
  }
  if (algorithm !== lzwAlgorithm) {
    throw new WireError('WIRE_UNKNOWN_TYPE', `compression algorithm ${algorithm} is unknown`);
  }
  return lzwDecode(packed ?? new Uint8Array(0), options);
}
