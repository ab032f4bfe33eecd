import { types } from 'node:util';
import { quote } from './describe.ts';
import { type Kind, type Place, refuse, refuseFound } from './kind.ts';

/** Longer lists are a mistake, and checking one must not hold up the process. */
const elementsMax = 10_000;

/** What an object literal, `JSON.parse` or an imported module gives, from whichever realm; no class's instance. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  if (typeof prototype !== 'object' || types.isProxy(prototype)) return false;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}

/** The path of something inside: `bind.port`, or `tags["two words"]`. */
export function pathOf(place: Place, key: string): string {
  if (!/^[\w$-]{1,60}$/.test(key)) return `${place.path}[${quote(key)}]`;
  return place.path === '' ? key : `${place.path}.${key}`;
}

/**
 * What a plain object holds, read once, so that what is checked is what is used. Undefined after a problem: it is no
 * plain object, one of its getters throws, or it has a symbol for a key.
 */
export function ownValues(value: unknown, place: Place, allowed: string): Map<string, unknown> | undefined {
  if (!isPlainObject(value)) return refuse(place, value, allowed);
  const values = new Map<string, unknown>();
  let isReadable = true;
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === 'symbol') {
      if (!Object.prototype.propertyIsEnumerable.call(value, key)) continue;
      isReadable = false;
      refuseFound(place, 'an object with a symbol for a key', allowed);
      continue;
    }
    try {
      values.set(key, Reflect.get(value, key));
    } catch (error) {
      isReadable = false;
      place.problems.add(
        `${pathOf(place, key)} cannot be read: its getter throws${thrownText(error, place)}`,
      );
    }
  }
  return isReadable ? values : undefined;
}

/** What a getter threw, unless that may quote a secret or cannot be read itself. */
function thrownText(error: unknown, place: Place): string {
  if (place.isSecret) return '';
  try {
    return error instanceof Error ? ` ${quote(String(error.message))}` : ' something that is no Error';
  } catch {
    return ' something that cannot be described';
  }
}

/** Names and values that a caller chooses, all values of one kind. The copy is frozen. */
export function mapOf<T>(values: Kind<T>, allowed: string): Kind<Readonly<Record<string, T>>> {
  return {
    allowed,
    read(value, place) {
      const given = ownValues(value, place, allowed);
      if (given === undefined) return undefined;
      const before = place.problems.count;
      const entries: (readonly [string, T])[] = [];
      for (const [key, element] of given) {
        const read = values.read(element, { ...place, path: pathOf(place, key) });
        if (read !== undefined) entries.push([key, read]);
      }
      // Not an object literal: a key may be `__proto__`.
      return place.problems.count > before ? undefined : Object.freeze(Object.fromEntries(entries));
    },
  };
}

/** What a list may have besides elements of its kind. */
export interface ListOptions {
  /** The whole list in a sentence: `a list of networks such as ["10.0.0.0/8"]`. */
  readonly allowed: string;
  /** What to write instead of the single value that is often given. */
  readonly hint?: string;
}

/** A list whose elements are all of one kind. The copy is frozen. */
export function listOf<T>(elements: Kind<T>, { allowed, hint }: ListOptions): Kind<readonly T[]> {
  return {
    allowed,
    read(value, place) {
      if (types.isProxy(value) || !Array.isArray(value)) return refuse(place, value, allowed, hint);
      const given: readonly unknown[] = value;
      if (given.length > elementsMax) return refuse(place, value, `${allowed}, at most ${elementsMax}`);
      const before = place.problems.count;
      const read: T[] = [];
      for (let i = 0; i < given.length; i++) {
        const at = { ...place, path: `${place.path}[${i}]` };
        const element = readElement(given, i, at, elements);
        if (element !== undefined) read.push(element);
      }
      return place.problems.count > before ? undefined : Object.freeze(read);
    },
  };
}

function readElement<T>(list: readonly unknown[], index: number, place: Place, kind: Kind<T>): T | undefined {
  let element: unknown;
  try {
    element = list[index];
  } catch {
    place.problems.add(`${place.path} cannot be read: its getter throws`);
    return undefined;
  }
  return kind.read(element, place);
}

/**
 * An object of whichever class that has these methods; it is used as it is.
 * `noun` names it in sentences: `a logger`.
 */
export function objectWith<T extends object>(noun: string, methods: readonly (keyof T & string)[]): Kind<T> {
  const names =
    methods.length === 1 ? methods.join('') : `${methods.slice(0, -1).join(', ')} and ${methods.at(-1)}`;
  const allowed = `${noun} with the method${methods.length === 1 ? '' : 's'} ${names}`;
  return {
    allowed,
    read(value, place) {
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
        return refuse(place, value, allowed);
      }
      const missing = methods.filter((method) => !hasMethod(value, method));
      // The methods are there; what they take is the caller's promise.
      if (missing.length === 0) return value as T;
      const what = typeof value === 'function' ? 'a function' : 'an object';
      return refuseFound(place, `${what} without ${missing.join(', ')}`, allowed);
    },
  };
}

function hasMethod(value: object, method: string): boolean {
  try {
    return typeof Reflect.get(value, method) === 'function';
  } catch {
    return false;
  }
}
