import { encodeText } from './text.ts';

/** Up to this many bytes a loop copies faster than the engine's own bulk copy. */
const loopCopyBytesMax = 32;

/** A growing buffer of big-endian values. Values are not checked: one that does not fit its field is truncated. */
export class Writer {
  #bytes: Uint8Array;
  #length = 0;

  /** `capacityBytes` is a guess of the final size; a good one saves copies. */
  constructor(capacityBytes = 128) {
    this.#bytes = Buffer.allocUnsafe(capacityBytes);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  u16(value: number): void {
    this.#reserve(2);
    const at = this.#length;
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
    this.#length = at + 2;
  }

  u32(value: number): void {
    this.#reserve(4);
    const at = this.#length;
    const bytes = this.#bytes;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
    this.#length = at + 4;
  }

  /** A safe integer as 64 bits, in two's complement when negative. */
  u64(value: number): void {
    this.u32(Math.floor(value / 0x1_0000_0000));
    this.u32(value >>> 0);
  }

  f64(value: number): void {
    this.#reserve(8);
    new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#length, 8).setFloat64(0, value);
    this.#length += 8;
  }

  bytes(source: Uint8Array): void {
    const count = source.length;
    this.#reserve(count);
    const bytes = this.#bytes;
    const at = this.#length;
    if (count > loopCopyBytesMax) bytes.set(source, at);
    else for (let i = 0; i < count; i += 1) bytes[at + i] = source[i] as number;
    this.#length = at + count;
  }

  /**
   * Writes a text of ASCII characters and returns true. Writes nothing and returns false for other texts, which
   * `encodeText` encodes.
   */
  ascii(text: string): boolean {
    const count = text.length;
    this.#reserve(count);
    const bytes = this.#bytes;
    const at = this.#length;
    for (let i = 0; i < count; i += 1) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[at + i] = code;
    }
    this.#length = at + count;
    return true;
  }

  text(text: string): void {
    if (!this.ascii(text)) this.bytes(encodeText(text));
  }

  /** Removes the last `count` bytes. */
  drop(count: number): void {
    this.#length -= count;
  }

  /** A view of all bytes written. The writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
