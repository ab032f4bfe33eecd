/**
 * Keys of the key/value store: any bytes. As text, a byte that belongs to no UTF-8 sequence is the single surrogate
 * U+DC00 plus the byte, which no UTF-8 decodes to; so every key has one text, and every text of a key its bytes.
 */

const replacement = '\ufffd';
const byteSurrogateBase = 0xdc00;
/** Of one UTF-16 unit. */
const utf8BytesMax = 3;
const encoder = new TextEncoder();
const loneSurrogate = /\p{Surrogate}/u;
const loneSurrogates = /\p{Surrogate}/gu;

/** The text of a key. */
export function keyFromBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  return text.includes(replacement) ? decodeEach(buffer) : text;
}

/** Takes the longest valid sequence at each place. */
function decodeEach(bytes: Buffer): string {
  let text = '';
  let validFrom = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      text += bytes.toString('utf8', validFrom, at);
      text += String.fromCharCode(byteSurrogateBase + (bytes[at] ?? 0));
      validFrom = at + 1;
    }
    at += Math.max(1, length);
  }
  return text + bytes.toString('utf8', validFrom);
}

/** How many bytes the UTF-8 sequence at `at` has; 0 when there is none. Source: RFC 3629 4. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const second = bytes[at + 1] ?? 0;
  // Longer forms than needed, surrogates, and what is beyond U+10FFFF show in the second byte.
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let next = at + 2; next < at + length; next += 1) {
    if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** Whether all of a key is text, so that its UTF-8 is its bytes. */
export function isText(key: string): boolean {
  return !loneSurrogate.test(key);
}

/** The bytes of a key. A surrogate that stands for no byte is written as U+FFFD, as Go writes one that it reads. */
export function keyToBytes(key: string): Uint8Array {
  if (isText(key)) return encoder.encode(key);
  const bytes = Buffer.allocUnsafe(key.length * utf8BytesMax);
  let length = 0;
  let textFrom = 0;
  for (let at = 0; at < key.length; at += 1) {
    const code = key.charCodeAt(at);
    if (!isByte(code) || isLeading(key.charCodeAt(at - 1))) continue;
    if (textFrom < at) length += bytes.write(key.slice(textFrom, at), length);
    bytes[length] = code - byteSurrogateBase;
    length += 1;
    textFrom = at + 1;
  }
  length += bytes.write(key.slice(textFrom), length);
  return bytes.subarray(0, length);
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

/** Whether a UTF-16 unit is the first one of a pair, so that the next one is no byte. */
function isLeading(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
