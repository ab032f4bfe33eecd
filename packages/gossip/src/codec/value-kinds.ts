/**
 * Checks of a value's kind that work across realms (workers, test runners) and with altered prototypes. Proxies may still
 * throw.
 */

const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

/** `Uint8Array` (a Buffer is one), `Float64Array` and so on; undefined for any other value. */
export function typedArrayName(value: unknown): string | undefined {
  return typedArrayTag?.call(value);
}

/** An object of fields: a literal, one without a prototype, a parsed JSON object; no instance of any class. */
export function isPlainObject(value: object): boolean {
  // Maps, errors, boxed values and `arguments` have tags of their own.
  if (Object.prototype.toString.call(value) !== '[object Object]') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || isPlainPrototype(prototype);
}

/** Whether this is the root of all prototypes, of this realm or another. */
export function isPlainPrototype(prototype: unknown): boolean {
  if (typeof prototype !== 'object' || prototype === null) return false;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty');
}

/** A value in a few words with its article: `a Float64Array`, `an Error`, `a function`. Never throws. */
export function describeKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return withArticle(typeof value);
  try {
    const name: unknown = typedArrayName(value) ?? Object.getPrototypeOf(value)?.constructor?.name;
    return typeof name === 'string' && /^\w{1,60}$/.test(name) ? withArticle(name) : 'no plain object';
  } catch {
    return 'no plain object';
  }
}

function withArticle(name: string): string {
  return `${/^[aeiou]/i.test(name) && !/^uint/i.test(name) ? 'an' : 'a'} ${name}`;
}
