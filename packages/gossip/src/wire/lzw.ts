import { WireError } from '../wire-error.ts';

/**
 * LZW as Go's compress/lzw writes it: least significant bit first, 8-bit literals, codes of 9 to 12 bits,
 * 256 clears the table, 257 ends the stream, 258 is the first code of the dictionary.
 *
 * Scratch tables belong to the call and are sized by the input: a packet's take a few KiB, so that calls
 * share nothing. Source: gossip.md 2.6; Go compress/lzw reader.go, writer.go.
 */
const clearCode = 256;
const endCode = 257;
const firstFreeCode = 258;
const firstWidthBits = 9;
const widthBitsMax = 12;
/** The decoder's table holds codes up to 4095; one that is full stays as it is until a clear. */
const decoderEntriesMax = 4096 - firstFreeCode;
/** The encoder clears its table when this would be the next code. */
const encoderCodeMax = 4095;
const encoderSlotsMax = 8192;

export interface LzwDecodeOptions {
  /** A larger output is refused. */
  readonly outputBytesMax: number;
}

/**
 * Decompresses. Bytes after the end code are ignored.
 * @throws WireError WIRE_TRUNCATED without an end code, WIRE_MALFORMED for a code that cannot be, WIRE_LIMIT
 *   when the output would be too large.
 */
export function lzwDecode(bytes: Uint8Array, { outputBytesMax }: LzwDecodeOptions): Uint8Array {
  // Entry 258 + i is what code i since the last clear gave, and one byte more: the output is the dictionary.
  const codesMax = Math.ceil((bytes.length * 8) / firstWidthBits);
  const starts = new Int32Array(Math.min(decoderEntriesMax, codesMax) + 2);
  let output: Uint8Array = Buffer.allocUnsafe(Math.min(outputBytesMax, bytes.length * 4 + 64));
  let length = 0;
  let codes = 0;
  let widthBits = firstWidthBits;
  let nextWidthAt = 512 - endCode;
  let bits = 0;
  let bitCount = 0;
  for (let at = 0; ; ) {
    while (bitCount < widthBits) {
      if (at === bytes.length) throw new WireError('WIRE_TRUNCATED', 'an LZW stream has no end code');
      bits |= (bytes[at] as number) << bitCount;
      at += 1;
      bitCount += 8;
    }
    const code = bits & ((1 << widthBits) - 1);
    bits >>>= widthBits;
    bitCount -= widthBits;
    if (code === endCode) return output.subarray(0, length);
    if (code === clearCode) {
      codes = 0;
      widthBits = firstWidthBits;
      nextWidthAt = 512 - endCode;
      continue;
    }
    if (codes <= decoderEntriesMax) starts[codes] = length;
    const entry = code - firstFreeCode;
    if (entry >= codes) throw new WireError('WIRE_MALFORMED', `LZW code ${code} is not in the table yet`);
    const from = entry < 0 ? 0 : (starts[entry] as number);
    const count = entry < 0 ? 1 : (starts[entry + 1] as number) - from + 1;
    if (length + count > output.length) output = grow(output, length, length + count, outputBytesMax);
    if (entry < 0) output[length] = code;
    else for (let i = 0; i < count; i += 1) output[length + i] = output[from + i] as number;
    length += count;
    if (codes > decoderEntriesMax) continue;
    codes += 1;
    if (codes === nextWidthAt && widthBits < widthBitsMax) {
      widthBits += 1;
      nextWidthAt = (1 << widthBits) - endCode;
    }
  }
}

/** Compresses. The output begins with a clear code, as today's Go writes it; every peer accepts that. */
export function lzwEncode(bytes: Uint8Array): Uint8Array {
  const count = bytes.length;
  // At worst 12 bits for each byte, and a clear code every few thousand.
  const output = Buffer.allocUnsafe(count + (count >> 1) + (count >> 8) + 16);
  const slots = slotCount(count);
  const table = new Int32Array(slots);
  const shift = 32 - Math.log2(slots);
  let length = 0;
  let bits = clearCode;
  let bitCount = firstWidthBits;
  let widthBits = firstWidthBits;
  let lastCode = endCode;
  let prefix = count === 0 ? -1 : (bytes[0] as number);
  for (let at = 1; at <= count; at += 1) {
    const isLast = at === count;
    const byte = isLast ? 0 : (bytes[at] as number);
    const key = (prefix << 8) | byte;
    let slot = Math.imul(key, 0x9e3779b1) >>> shift;
    if (!isLast) {
      let found = table[slot] as number;
      while (found !== 0 && found >>> 12 !== key) {
        slot = (slot + 1) & (slots - 1);
        found = table[slot] as number;
      }
      if (found !== 0) {
        prefix = found & 0xfff;
        continue;
      }
    }
    bits |= prefix << bitCount;
    bitCount += widthBits;
    lastCode += 1;
    if (lastCode === 1 << widthBits) widthBits += 1;
    for (; bitCount >= 8; bitCount -= 8, bits >>>= 8) output[length++] = bits;
    if (lastCode === encoderCodeMax) {
      bits |= clearCode << bitCount;
      bitCount += widthBits;
      widthBits = firstWidthBits;
      lastCode = endCode;
      table.fill(0);
    } else if (!isLast) {
      table[slot] = (key << 12) | lastCode;
    }
    prefix = byte;
  }
  for (; bitCount >= 8; bitCount -= 8, bits >>>= 8) output[length++] = bits;
  bits |= endCode << bitCount;
  bitCount += widthBits;
  for (; bitCount > 0; bitCount -= 8, bits >>>= 8) output[length++] = bits;
  return output.subarray(0, length);
}

function grow(output: Uint8Array, length: number, needed: number, outputBytesMax: number): Uint8Array {
  if (needed > outputBytesMax) {
    throw new WireError('WIRE_LIMIT', `an LZW stream decompresses to more than ${outputBytesMax} bytes`);
  }
  const grown = Buffer.allocUnsafe(Math.min(outputBytesMax, Math.max(needed, output.length * 2)));
  grown.set(output.subarray(0, length));
  return grown;
}

/** A power of two, so that the table is at most half full. */
function slotCount(inputBytes: number): number {
  let slots = 64;
  while (slots < inputBytes * 2 && slots < encoderSlotsMax) slots *= 2;
  return slots;
}
