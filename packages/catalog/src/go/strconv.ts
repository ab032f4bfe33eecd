import { InputError } from './input-error.ts';

/** Text to values and back as Go's package strconv does it, error texts included. */

const truths: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
]);

/** A truth value as Go's flags and query parameters write it. @throws InputError INPUT_VALUE. */
export function parseBool(text: string): boolean {
  const value = truths.get(text);
  if (value === undefined) throw invalidSyntax('ParseBool', text);
  return value;
}

/** What an integer may look like when its base is in its prefix: `12`, `0x1f`, `0b11`, `0o17`, `017`, `1_000`. */
const anyBase = /^(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?[0-9])*)$/;

/**
 * A signed integer, its base in its prefix. Source: Go strconv.ParseInt with base 0.
 * @throws InputError INPUT_VALUE.
 */
export function parseInt64(text: string, bits: number): bigint {
  const isNegative = text.startsWith('-');
  const digits = isNegative || text.startsWith('+') ? text.slice(1) : text;
  if (!anyBase.test(digits)) throw invalidSyntax('ParseInt', text);
  const value = isNegative ? -magnitude(digits) : magnitude(digits);
  if (BigInt.asIntN(bits, value) !== value) throw outOfRange('ParseInt', text);
  return value;
}

/** An unsigned integer, its base in its prefix. Source: Go strconv.ParseUint with base 0. @throws InputError INPUT_VALUE. */
export function parseUint64(text: string, bits: number): bigint {
  if (!anyBase.test(text)) throw invalidSyntax('ParseUint', text);
  const value = magnitude(text);
  if (BigInt.asUintN(bits, value) !== value) throw outOfRange('ParseUint', text);
  return value;
}

/** An unsigned integer of 64 bits in decimal digits. Source: Go strconv.ParseUint with base 10. @throws InputError INPUT_VALUE. */
export function parseDecimal(text: string): bigint {
  if (!/^\d+$/.test(text)) throw invalidSyntax('ParseUint', text);
  const digits = text.replace(/^0+(?=\d)/, '');
  const value = digits.length > decimalDigitsMax ? 2n ** 70n : BigInt(digits);
  if (BigInt.asUintN(64, value) !== value) throw outOfRange('ParseUint', text);
  return value;
}

const decimalDigitsMax = 20;

/** Longer texts are beyond 64 bits in every base, unless they are padded. */
const digitsMax = 200;

function magnitude(digits: string): bigint {
  const plain = digits.replaceAll('_', '');
  if (plain.length > digitsMax) return 2n ** 70n;
  return BigInt(/^0[0-7]/.test(plain) ? `0o${plain.slice(1)}` : plain);
}

function invalidSyntax(call: string, text: string): InputError {
  return new InputError('INPUT_VALUE', `strconv.${call}: parsing ${quote(text)}: invalid syntax`);
}

function outOfRange(call: string, text: string): InputError {
  return new InputError('INPUT_VALUE', `strconv.${call}: parsing ${quote(text)}: value out of range`);
}

const shortEscapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};
const plainText = /^[ !#-[\]-~]*$/;
/** What Go prints as it is: letters, marks, numbers, punctuation, symbols and the plain space. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/**
 * The text between quotes, as a Go string literal; `%q` of Go's fmt.
 * Bytes that are no UTF-8, see `decodeText`, are written as `\x..`.
 */
export function quote(text: string): string {
  if (plainText.test(text)) return `"${text}"`;
  let quoted = '"';
  for (const char of text) quoted += shortEscapes[char] ?? (printable.test(char) ? char : escaped(char));
  return `${quoted}"`;
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${hex(code - 0xdc00, 2)}`;
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
