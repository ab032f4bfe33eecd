import { isRecord, type Wanted } from './transport.ts';

/** What answers have to be. The fields that callers read first are checked; the rest of a record is not. */

type Guard<T> = (value: unknown) => value is T;

/** A list of records; of what, its name says. */
export function listOf<T>(what: string, isItem: Guard<T>): Wanted<readonly T[]> {
  return { what, guard: (value): value is readonly T[] => Array.isArray(value) && value.every(isItem) };
}

/** An object whose values are records. */
export function mapOf<T>(what: string, isItem: Guard<T>): Wanted<Readonly<Record<string, T>>> {
  return {
    what,
    guard: (value): value is Readonly<Record<string, T>> =>
      isRecord(value) && Object.values(value).every(isItem),
  };
}

/** A record with text in the fields named. */
export function recordWith<T>(...texts: readonly (keyof T & string)[]): Guard<T> {
  return (value): value is T => isRecord(value) && texts.every((name) => typeof value[name] === 'string');
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}
