/** HCL, version 1, as configuration files and ACL rules of Consul 1.8.7 are written in it. */
import { decodeEntries, type HclMap } from './decode.ts';
import { Fault, faultIn } from './hcl-error.ts';
import { parseJson } from './parse-json.ts';
import { parseNative } from './parse-native.ts';

export type { HclMap, HclValue } from './decode.ts';
export { HclError } from './hcl-error.ts';

/**
 * The values that a text in HCL, version 1, holds. Source: hcl v1.0.0, `hcl.Decode` into a map of plain values. A text that begins with
 * a brace is JSON, as hcl reads it.
 *
 * A block, and an object behind `=`, is a list with one map; a key that comes again adds its blocks and list elements, or
 * replaces the value that it had; a label is a map of its own inside its block. `a "b" { c = 1 }` is `{ a: [{ b: [{ c: 1 }] }] }`.
 * Whole numbers have 64 bits; beyond 2^53 the nearest number is returned.
 *
 * Takes time and memory in proportion to the text, which is bounded by its reader.
 * @throws HclError with line and column of the first fault.
 */
export function parseHcl(text: string): HclMap {
  const isJson = jsonStart.test(text);
  const source = isJson ? text : text.replaceAll('\r\n', '\n');
  try {
    return decodeEntries(isJson ? parseJson(source) : parseNative(source));
  } catch (error) {
    if (error instanceof Fault) throw faultIn(source, error);
    throw error;
  }
}

/** What Go's unicode.IsSpace takes, then a brace. */
const jsonStart = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*\{/;
