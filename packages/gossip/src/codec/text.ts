/**
 * Peers send strings that may not be UTF-8, and compare bytes. So that every byte string has exactly one text and can be
 * restored, a byte outside valid UTF-8 becomes the lone surrogate U+DC00 + byte, which valid UTF-8 never decodes to (as in
 * Python's "surrogateescape").
 */
const escapeBase = 0xdc00;
const loneSurrogate = /\p{Surrogate}/u;
const unitsPerCall = 4096;

/** The text of `bytes[start, end)`. Never fails; {@link encodeText} gives the same bytes back. */
export function decodeText(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = buffer.toString('utf8', start, end);
  // The replacement character means invalid bytes, or the peer sent it. Only then each byte is checked.
  return text.includes('\ufffd') ? decodeEscaped(bytes, start, end) : text;
}

/** The bytes of a text: UTF-8, and the original byte for each one that {@link decodeText} escaped. */
export function encodeText(text: string): Uint8Array {
  if (!loneSurrogate.test(text)) return Buffer.from(text, 'utf8');
  const parts: Uint8Array[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    const isEscape = code >= escapeBase + 0x80 && code <= escapeBase + 0xff;
    parts.push(isEscape ? Uint8Array.of(code - escapeBase) : Buffer.from(char, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** Whether UTF-8 can write the text: it holds no half of a surrogate pair. */
export function isUtf8(text: string): boolean {
  return !loneSurrogate.test(text);
}

/**
 * The text itself where UTF-8 can write it, else the bytes it stands for: for encoders that know UTF-8 only and
 * a format that writes text and bytes alike.
 */
export function textOrBytes(text: string): string | Uint8Array {
  return loneSurrogate.test(text) ? encodeText(text) : text;
}

function decodeEscaped(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let units: number[] = [];
  for (let i = start; i < end; ) {
    const size = sequenceBytes(bytes, i, end);
    if (size === 0) units.push(escapeBase + (bytes[i] ?? 0));
    else pushCodePoint(units, bytes, i, size);
    i += Math.max(1, size);
    if (units.length < unitsPerCall) continue;
    text += String.fromCharCode(...units);
    units = [];
  }
  return text + String.fromCharCode(...units);
}

function pushCodePoint(units: number[], bytes: Uint8Array, at: number, size: number): void {
  const lead = bytes[at] ?? 0;
  let code = size === 1 ? lead : lead & (0x7f >> size);
  for (let i = 1; i < size; i += 1) code = (code << 6) | ((bytes[at + i] ?? 0) & 0x3f);
  if (code < 0x10000) {
    units.push(code);
    return;
  }
  units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
}

/** Length of the well-formed sequence at `at`, 0 when there is none. Source: Unicode 15, table 3-7. */
function sequenceBytes(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const size = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (size === 0 || at + size > end) return 0;
  const second = bytes[at + 1] ?? 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < size; i += 1) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return size;
}
