/**
 * Keys of the key/value store: any bytes. As text, a byte that belongs to no UTF-8 sequence is the single surrogate
 * U+DC00 plus the byte, which no UTF-8 decodes to; so every key has one text, and every text of a key its bytes.
 */

const replacement = '\ufffd';
const byteSurrogateBase = 0xdc00;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const loneSurrogate = /\p{Surrogate}/u;
const loneSurrogates = /\p{Surrogate}/gu;

/** The text of a key. */
export function keyFromBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  return text.includes(replacement) ? decodeEach(bytes) : text;
}

/** Takes the longest valid sequence at each place. */
function decodeEach(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    text +=
      length === 0
        ? String.fromCharCode(byteSurrogateBase + (bytes[at] ?? 0))
        : utf8.decode(bytes.subarray(at, at + length));
    at += Math.max(1, length);
  }
  return text;
}

/** How many bytes the UTF-8 sequence at `at` has; 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  try {
    utf8.decode(bytes.subarray(at, at + length));
    return at + length <= bytes.length ? length : 0;
  } catch {
    return 0;
  }
}

/** Whether all of a key is text, so that its UTF-8 is its bytes. */
export function isText(key: string): boolean {
  return !loneSurrogate.test(key);
}

/** The bytes of a key. A surrogate that stands for no byte is written as U+FFFD, as Go writes one that it reads. */
export function keyToBytes(key: string): Uint8Array {
  if (isText(key)) return encoder.encode(key);
  const parts: Uint8Array[] = [];
  for (const point of key) {
    const code = point.codePointAt(0) ?? 0;
    parts.push(isByte(code) ? Uint8Array.of(code - byteSurrogateBase) : encoder.encode(point));
  }
  return Buffer.concat(parts);
}

/** What JSON shows of a key: U+FFFD for what is no UTF-8. */
export function shownKey(key: string): string {
  return key.replace(loneSurrogates, replacement);
}

/** The key as one character a byte: these compare, and begin with one another, as Go's strings do. */
export function keyBytesText(key: string): string {
  if (/^[ -~]*$/.test(key)) return key;
  return Buffer.from(keyToBytes(key)).toString('latin1');
}

function isByte(code: number): boolean {
  return code >= byteSurrogateBase + 0x80 && code <= byteSurrogateBase + 0xff;
}
