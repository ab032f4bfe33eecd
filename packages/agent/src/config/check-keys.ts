import { nearestName } from '@hobnob/gossip/checks';
import { type ConfigKey, isKey, type KeyKind, type KeySection } from './key.ts';

/** A JSON object as it was read. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key that a file gives, with a value of its kind. */
export interface GivenKey {
  /** Dotted, in Consul's spelling: `ports.http`. */
  readonly path: string;
  readonly key: ConfigKey;
  readonly value: unknown;
}

/** The keys of one file, in its order, and everything that is wrong with their names and kinds. */
export interface CheckedKeys {
  readonly given: readonly GivenKey[];
  readonly problems: readonly string[];
}

/**
 * Checks names and kinds against `section`. Keys match in any case and `null` stands for absent, as in Go; a key
 * that is given in two spellings is known in one of them. The sentences are Consul's, followed by the value that is at
 * fault.
 */
export function checkKeys(source: JsonObject, section: KeySection): CheckedKeys {
  const given = new Map<string, GivenKey>();
  const problems: string[] = [];
  const walk = (values: JsonObject, keys: KeySection, prefix: string): void => {
    const spellings = new Map<string, string>();
    for (const [written, value] of Object.entries(values)) {
      const name = Object.hasOwn(keys, written) ? written : written.toLowerCase();
      const entry = Object.hasOwn(keys, name) ? keys[name] : undefined;
      const path = prefix + name;
      if (!spellings.has(name)) spellings.set(name, Object.hasOwn(values, name) ? name : written);
      if (entry === undefined || spellings.get(name) !== written) {
        problems.push(unknownKey(prefix, written, new Map(Object.keys(keys).map((key) => [key, key]))));
      } else if (value === null) {
        // Absent: Go leaves the field at its zero value.
      } else if (isKey(entry)) {
        const found = kindProblems(value, entry.kind, path);
        for (const problem of found) problems.push(problem);
        if (found.length === 0) given.set(path, { path, key: entry, value });
      } else if (isJsonObject(value)) {
        walk(value, entry, `${path}.`);
      } else {
        problems.push(notAMap(path, value));
      }
    }
  };
  walk(source, section, '');
  return { given: [...given.values()], problems };
}

function kindProblems(value: unknown, kind: KeyKind, path: string): readonly string[] {
  switch (kind) {
    case 'string':
    case 'duration':
      return typeof value === 'string' ? [] : [unconvertible(path, 'string', value)];
    case 'bool':
      return typeof value === 'boolean' ? [] : [unconvertible(path, 'bool', value)];
    case 'float':
      return typeof value === 'number' ? [] : [unconvertible(path, 'float64', value)];
    case 'int':
      return Number.isSafeInteger(value) ? [] : [unconvertible(path, 'int', value)];
    case 'uint':
      return Number.isSafeInteger(value) && Number(value) >= 0 ? [] : [unconvertible(path, 'uint', value)];
    case 'map':
      return isJsonObject(value) ? [] : [notAMap(path, value)];
    case 'string-map':
      return isJsonObject(value) ? elementProblems(Object.entries(value), path) : [notAMap(path, value)];
    case 'list':
      return Array.isArray(value) ? [] : [notAList(path, value)];
    case 'maps':
      return Array.isArray(value) ? mapProblems(value, path) : [notAList(path, value)];
    case 'strings':
      return Array.isArray(value) ? elementProblems([...value.entries()], path) : [notAList(path, value)];
  }
}

function mapProblems(elements: readonly unknown[], path: string): readonly string[] {
  return elements.flatMap((element, at) =>
    isJsonObject(element) ? [] : [notAMap(`${path}[${at}]`, element)],
  );
}

function elementProblems(elements: readonly (readonly [string | number, unknown])[], path: string): string[] {
  return elements
    .filter(([, element]) => typeof element !== 'string')
    .map(([at, element]) => unconvertible(`${path}[${at}]`, 'string', element));
}

/**
 * Consul's sentence, with the key that was most likely meant.
 * @param known each spelling of a key, with the one that documents have.
 */
export function unknownKey(prefix: string, written: string, known: ReadonlyMap<string, string>): string {
  const nearest = nearestName(written, known.keys());
  // A key that is given in two cases of letters is refused under its own name.
  const isOwn = nearest?.toLowerCase() === written.toLowerCase();
  const hint = nearest === undefined || isOwn ? '' : ` (did you mean ${prefix}${known.get(nearest)}?)`;
  return `invalid config key ${prefix}${written}${hint}`;
}

/** The sentences for a value that is of another kind than the key. */
export function unconvertible(path: string, wanted: string, value: unknown): string {
  return `'${path}' expected type '${wanted}', got unconvertible type '${goKindOf(value)}' (${shown(value)})`;
}

export function notAMap(path: string, value: unknown): string {
  return `'${path}' expected a map, got '${goKindOf(value)}' (${shown(value)})`;
}

export function notAList(path: string, value: unknown): string {
  return `'${path}': source data must be an array or slice, got ${goKindOf(value)} (${shown(value)})`;
}

/** The name Go gives the kind of a JSON value. */
function goKindOf(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (value === null) return 'nil';
  return typeof value === 'object' ? 'map' : 'string';
}

/** The beginning of a value, enough to find it in the file. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
