import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { asFields, pack, unpack } from './msgpack.ts';

/** The layers around messages, as the protocol's description gives them; see msgpack.ts for why twice. */

/** Several messages in one packet. */
export function compound(...messages: readonly Uint8Array[]): Buffer {
  const lengths = messages.map((message) => Buffer.of(message.length >> 8, message.length & 0xff));
  return Buffer.concat([Buffer.of(7, messages.length), ...lengths, ...messages]);
}

/** A checksum around a packet; `flip` spoils it. */
export function withCrc(payload: Uint8Array, { flip = 0 } = {}): Buffer {
  const head = Buffer.alloc(5);
  head[0] = 12;
  head.writeUInt32BE((crc32(payload) ^ flip) >>> 0, 1);
  return Buffer.concat([head, payload]);
}

export interface LzwForm {
  /** Default true: Go since 1.17 writes a clear code first. */
  readonly leadingClear?: boolean;
  /** Default true; without the end code a stream is broken. */
  readonly endCode?: boolean;
}

/** LZW with the lowest bit first and literals of 8 bits. */
export function lzw(input: Uint8Array, { leadingClear = true, endCode = true }: LzwForm = {}): Buffer {
  const out: number[] = [];
  let bits = 0;
  let bitsCount = 0;
  let width = 9;
  let next = 257;
  let limit = 512;
  let table = new Map<number, number>();
  const emit = (code: number) => {
    bits |= code << bitsCount;
    bitsCount += width;
    while (bitsCount >= 8) {
      out.push(bits & 0xff);
      bits >>>= 8;
      bitsCount -= 8;
    }
  };
  /** Counts one more code; true when the table was full and has been cleared. */
  const grow = (): boolean => {
    next += 1;
    if (next === limit) {
      width += 1;
      limit *= 2;
    }
    if (next !== 4095) return false;
    emit(256);
    width = 9;
    next = 257;
    limit = 512;
    table = new Map();
    return true;
  };
  if (leadingClear) emit(256);
  let code = input[0] ?? 257;
  for (const byte of input.subarray(1)) {
    const known = table.get(code * 256 + byte);
    if (known !== undefined) {
      code = known;
      continue;
    }
    emit(code);
    const pair = code * 256 + byte;
    code = byte;
    if (!grow()) table.set(pair, next);
  }
  emit(code);
  grow();
  if (endCode) emit(257);
  if (bitsCount > 0) out.push(bits & 0xff);
  return Buffer.from(out);
}

/** The inverse of {@link lzw}. @throws Error when the end code is missing. */
export function unlzw(input: Uint8Array): Buffer {
  const out: number[] = [];
  let table: number[][] = [];
  let previous: number[] | undefined;
  let width = 9;
  let bit = 0;
  for (;;) {
    if (bit + width > input.length * 8) throw new Error('LZW without an end code');
    let code = 0;
    for (let index = 0; index < width; index += 1, bit += 1) {
      code |= (((input[bit >> 3] ?? 0) >> (bit & 7)) & 1) << index;
    }
    if (code === 257) return Buffer.from(out);
    if (code === 256) {
      table = [];
      previous = undefined;
      width = 9;
      continue;
    }
    const known: number[] | undefined = code < 256 ? [code] : table[code - 258];
    if (known === undefined && previous === undefined) throw new Error(`LZW code ${code}`);
    const entry: number[] = known ?? [...(previous ?? []), previous?.[0] ?? 0];
    out.push(...entry);
    if (previous !== undefined && table.length < 4096 - 258) table.push([...previous, entry[0] ?? 0]);
    previous = entry;
    if (width < 12 && table.length + 258 >= 2 ** width) width += 1;
  }
}

/** A compressed message. */
export function compressed(message: Uint8Array, form: LzwForm & { readonly algo?: number } = {}): Buffer {
  return Buffer.concat([Buffer.of(9), pack({ Algo: form.algo ?? 0, Buf: lzw(message, form) })]);
}

/** Seals with AES-GCM in version 0 (padded) or 1. */
export function encrypted(
  plain: Uint8Array,
  key: Uint8Array,
  version: 0 | 1 = 1,
  aad: Uint8Array = Buffer.alloc(0),
): Buffer {
  const nonce = randomBytes(12);
  const padding = version === 0 ? 16 - (plain.length % 16) : 0;
  const cipher = createCipheriv(cipherName(key), key, nonce).setAAD(aad);
  const body = Buffer.concat([
    cipher.update(plain),
    cipher.update(Buffer.alloc(padding, padding)),
    cipher.final(),
  ]);
  return Buffer.concat([Buffer.of(version), nonce, body, cipher.getAuthTag()]);
}

/** Opens what {@link encrypted} made. @throws Error when the key does not fit. */
export function decrypted(sealed: Buffer, key: Uint8Array, aad: Uint8Array = Buffer.alloc(0)): Buffer {
  const decipher = createDecipheriv(cipherName(key), key, sealed.subarray(1, 13)).setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([decipher.update(sealed.subarray(13, -16)), decipher.final()]);
  return sealed[0] === 0 ? plain.subarray(0, plain.length - (plain.at(-1) ?? 0)) : plain;
}

function cipherName(key: Uint8Array): 'aes-128-gcm' | 'aes-256-gcm' {
  return key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
}

/** An encrypted frame of a stream; `lengthError` spoils its length field. */
export function encryptedFrame(plain: Uint8Array, key: Uint8Array, { lengthError = 0 } = {}): Buffer {
  const head = Buffer.alloc(5);
  head[0] = 10;
  head.writeUInt32BE(plain.length + 29 + lengthError, 1);
  return Buffer.concat([head, encrypted(plain, key, 1, head)]);
}

/** Takes a packet or a whole stream apart into its messages, type byte first. */
export function openLayers(packet: Buffer, key?: Uint8Array): Buffer[] {
  const type = packet[0];
  if (key !== undefined && type === 10) {
    return openLayers(decrypted(packet.subarray(5), key, packet.subarray(0, 5)));
  }
  if (key !== undefined) return openLayers(decrypted(packet, key));
  if (type === 12) return openLayers(packet.subarray(5));
  if (type === 9) {
    const buf = asFields(unpack(packet, 1).value)['Buf'];
    if (!Buffer.isBuffer(buf)) throw new Error('a compress message without Buf');
    return openLayers(unlzw(buf));
  }
  if (type !== 7) return [packet];
  const count = packet.readUInt8(1);
  const messages: Buffer[] = [];
  let start = 2 + 2 * count;
  for (let index = 0; index < count; index += 1) {
    const length = packet.readUInt16BE(2 + 2 * index);
    messages.push(...openLayers(packet.subarray(start, start + length)));
    start += length;
  }
  return messages;
}
