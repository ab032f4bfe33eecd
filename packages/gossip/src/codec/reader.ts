import { WireError } from '../wire-error.ts';
import { decodeText } from './text.ts';

/** Up to this many bytes a loop copies faster than the engine's own bulk copy. */
const loopCopyBytesMax = 32;
/** The largest high word of a u64 that is still a safe integer. */
const safeHighWordMax = 0x1fffff;

/**
 * A cursor over bytes that a peer sent. Every read checks the bounds first and throws `WIRE_TRUNCATED`
 * without moving when the bytes end before the value does. Integers are big-endian.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset: number;

  /** Reads `bytes[start, end)`; offsets count from the beginning of `bytes`. */
  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#end - this.#offset;
  }

  /** The next byte, without moving. */
  peek(): number {
    this.#need(1);
    return this.#bytes[this.#offset] as number;
  }

  u8(): number {
    this.#need(1);
    const value = this.#bytes[this.#offset] as number;
    this.#offset += 1;
    return value;
  }

  u16(): number {
    this.#need(2);
    const bytes = this.#bytes;
    const at = this.#offset;
    this.#offset = at + 2;
    return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  }

  u32(): number {
    this.#need(4);
    const bytes = this.#bytes;
    const at = this.#offset;
    this.#offset = at + 4;
    const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    return high * 0x10000 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
  }

  /** @throws WireError WIRE_LIMIT when the value is not a safe integer. */
  u64(): number {
    this.#need(8);
    const high = this.u32();
    const low = this.u32();
    if (high > safeHighWordMax) {
      this.#offset -= 8;
      throw new WireError('WIRE_LIMIT', 'an integer is beyond 2^53 - 1');
    }
    return high * 0x1_0000_0000 + low;
  }

  /** A signed 64-bit integer. @throws WireError WIRE_LIMIT when the value is not a safe integer. */
  i64(): number {
    this.#need(8);
    const high = this.u32() | 0;
    const low = this.u32();
    const value = high * 0x1_0000_0000 + low;
    if (!Number.isSafeInteger(value)) {
      this.#offset -= 8;
      throw new WireError('WIRE_LIMIT', 'an integer is beyond 2^53 - 1');
    }
    return value;
  }

  f32(): number {
    this.#need(4);
    const value = this.#view(4).getFloat32(0);
    this.#offset += 4;
    return value;
  }

  f64(): number {
    this.#need(8);
    const value = this.#view(8).getFloat64(0);
    this.#offset += 8;
    return value;
  }

  /** A view of the next `count` bytes; it shares memory with the source. */
  bytes(count: number): Uint8Array {
    this.#need(count);
    const at = this.#offset;
    this.#offset = at + count;
    return this.#bytes.subarray(at, at + count);
  }

  /** As {@link bytes}, without moving. */
  lookAhead(count: number): Uint8Array {
    this.#need(count);
    return this.#bytes.subarray(this.#offset, this.#offset + count);
  }

  /** A copy of the next `count` bytes, which stays valid when the source changes. */
  copy(count: number): Uint8Array {
    this.#need(count);
    const source = this.#bytes;
    const at = this.#offset;
    this.#offset = at + count;
    const copy = new Uint8Array(count);
    if (count > loopCopyBytesMax) copy.set(source.subarray(at, at + count));
    else for (let i = 0; i < count; i += 1) copy[i] = source[at + i] as number;
    return copy;
  }

  /** The text of the next `count` bytes; see `decodeText` for bytes that are not UTF-8. */
  text(count: number): string {
    this.#need(count);
    const at = this.#offset;
    this.#offset = at + count;
    return decodeText(this.#bytes, at, at + count);
  }

  /** A view of the remaining bytes. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** A reader of its own over the next `count` bytes, which this one skips. */
  part(count: number): Reader {
    this.#need(count);
    const at = this.#offset;
    this.#offset = at + count;
    return new Reader(this.#bytes, at, at + count);
  }

  skip(count: number): void {
    this.#need(count);
    this.#offset += count;
  }

  /** Skips `expected` and returns true when it comes next; otherwise returns false without moving. */
  skipIf(expected: Uint8Array): boolean {
    const at = this.#offset;
    const count = expected.length;
    if (count > this.#end - at) return false;
    for (let i = 0; i < count; i += 1) if (this.#bytes[at + i] !== expected[i]) return false;
    this.#offset = at + count;
    return true;
  }

  #need(count: number): void {
    if (count <= this.#end - this.#offset) return;
    throw new WireError('WIRE_TRUNCATED', `${count} bytes wanted, ${this.#end - this.#offset} left`);
  }

  #view(count: number): DataView {
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#offset, count);
  }
}
