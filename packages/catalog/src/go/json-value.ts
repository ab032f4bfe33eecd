import { type JsonNode, JsonNumber, JsonObject } from './json-parse.ts';

/** A value as Go's `interface{}` holds it after reading JSON. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Makes objects that inherit nothing, which V8 keeps as fast as literals. */
const EmptyMap = function EmptyMap() {
  // Nothing to set up.
} as unknown as new <T>() => Record<string, T>;
EmptyMap.prototype = Object.freeze(Object.create(null));

/** A map from text to values that inherits nothing: a client's key `constructor` or `__proto__` is a key like others. */
export function newMap<T>(): Record<string, T> {
  return new EmptyMap<T>();
}

/**
 * Parsed JSON as plain values: numbers are floats, and of equal keys the last one counts. `outOfRange` makes the error
 * that is thrown for a number that no float of 64 bits is near to.
 */
export function plainValue(node: JsonNode, outOfRange: (number: JsonNumber) => Error): JsonValue {
  if (node instanceof JsonNumber) {
    const value = Number(node.text);
    if (Number.isFinite(value)) return value;
    throw outOfRange(node);
  }
  if (node instanceof JsonObject) {
    const map = newMap<JsonValue>();
    node.keys.forEach((key, i) => {
      map[key] = plainValue(node.values[i] ?? null, outOfRange);
    });
    return map;
  }
  return isList(node) ? node.map((item) => plainValue(item, outOfRange)) : node;
}

/** Array.isArray that also narrows lists that are read-only. */
export function isList(node: JsonNode): node is readonly JsonNode[] {
  return Array.isArray(node);
}
