import { types } from 'node:util';

/** A longer text is cut off. */
const shownLengthMax = 60;

/** A value as an error message shows it: short and on one line. Never throws. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'bigint':
      return `the bigint ${clip(String(value))}`;
    case 'symbol':
      return 'a symbol';
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : describeObject(value);
    default:
      return String(value);
  }
}

/** As `describe`, but without showing the value: for keys and other secrets. */
export function describeSecret(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value === '' ? 'empty text' : 'text';
    case 'number':
    case 'bigint':
    case 'boolean':
      return `a ${typeof value}`;
    default:
      return describe(value);
  }
}

/** Text in quotes, with control characters escaped and the end cut off when it is long. */
export function quote(text: string): string {
  return JSON.stringify(clip(text));
}

function clip(text: string): string {
  return text.length <= shownLengthMax ? text : `${text.slice(0, shownLengthMax - 3)}...`;
}

/** Reads no more than the name of the object's constructor: a getter or a Proxy may throw. */
function describeObject(value: object): string {
  if (types.isProxy(value)) return 'a Proxy';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  const name = constructorName(value);
  if (name === undefined) return 'an object';
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}

function constructorName(value: object): string | undefined {
  try {
    const { constructor: made } = value;
    const name: unknown = typeof made === 'function' ? made.name : '';
    return typeof name === 'string' && name !== '' && name !== 'Object' ? clip(name) : undefined;
  } catch {
    return undefined;
  }
}
