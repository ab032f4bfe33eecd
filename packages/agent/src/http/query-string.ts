import { keyFromBytes } from '@hobnob/catalog/records';

type Query = Record<string, string | string[]>;

/**
 * The parameters of a query as Go 1.15 reads them, with & or ; in between: several of one name are a list, and a value
 * may hold any bytes, as the text of a key does. The percent signs of the query are in order.
 */
export function parseQuery(query: string): Query {
  const found: Query = Object.create(null);
  for (const part of query.split(/[&;]/)) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = decoded(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? '' : decoded(part.slice(at + 1));
    const before = found[name];
    if (before === undefined) found[name] = value;
    else if (typeof before === 'string') found[name] = [before, value];
    else before.push(value);
  }
  return found;
}

function decoded(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return keyFromBytes(percentDecodedBytes(spaced));
  }
}

const percent = 0x25;

/** A text with its percent signs decoded, which are all in order. */
export function percentDecodedBytes(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    const isEscape = byte === percent;
    bytes[length] = isEscape ? 16 * hexValue(bytes[at + 1]) + hexValue(bytes[at + 2]) : byte;
    if (isEscape) at += 2;
    length += 1;
  }
  return bytes.subarray(0, length);
}

/** The value of a hexadecimal digit's character code. */
function hexValue(code = 0): number {
  return code < 0x41 ? code - 0x30 : (code | 0x20) - 0x57;
}
