import { decodeText, encodeText } from '@hobnob/gossip/codec';

const shortEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};
const escapeSequence = /^(?:[abfnrtv\\"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/;

/**
 * The text of a Go string literal: between backquotes as it is but for carriage returns, between double quotes with
 * escapes. Undefined when it is none. Source: Go strconv.Unquote.
 */
export function unquote(literal: string): string | undefined {
  const inside = literal.slice(1, -1);
  if (literal.startsWith('`')) return inside.replaceAll('\r', '');
  if (inside.includes('\n')) return undefined;
  if (!inside.includes('\\')) return inside;
  const [first = '', ...rest] = inside.split('\\');
  const parts: Uint8Array[] = [encodeText(first)];
  for (let i = 0; i < rest.length; i += 1) {
    let piece = rest[i] as string;
    // Two backslashes split into an empty piece and what follows the second one.
    const isBackslash = piece === '' && i + 1 < rest.length;
    if (isBackslash) {
      i += 1;
      piece = `\\${rest[i]}`;
    }
    const [found] = escapeSequence.exec(piece) ?? [];
    const bytes = found === undefined ? undefined : escapedBytes(found);
    if (found === undefined || bytes === undefined) return undefined;
    parts.push(bytes, encodeText(piece.slice(found.length)));
  }
  return decodeText(Buffer.concat(parts));
}

/** The bytes of an escape without its backslash; undefined when it names no byte or character. */
function escapedBytes(found: string): Uint8Array | undefined {
  const short = Object.hasOwn(shortEscapes, found) ? shortEscapes[found] : undefined;
  if (short !== undefined) return encodeText(short);
  const isByte = !/^[uU]/.test(found);
  const code = /^[0-7]/.test(found) ? Number.parseInt(found, 8) : Number.parseInt(found.slice(1), 16);
  if (isByte) return code > 0xff ? undefined : Uint8Array.of(code);
  if (code > 0x10ffff) return undefined;
  // Go 1.15 takes half a surrogate pair for the replacement character.
  if (code >= 0xd800 && code <= 0xdfff) return encodeText('\ufffd');
  return encodeText(String.fromCodePoint(code));
}
