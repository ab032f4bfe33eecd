import type { KeyKind, KeySection } from './key-kinds.ts';

/** A JSON object as it was read. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A file's content with its keys spelled as Consul documents them, and everything that is wrong with it. */
export interface CheckedKeys {
  readonly values: JsonObject;
  readonly problems: readonly string[];
}

/**
 * Checks names and kinds against `section`. Keys match in any case and `null` stands for absent, as in Go.
 * The sentences are Consul's, followed by the value that is at fault.
 */
export function checkKeys(source: JsonObject, section: KeySection, path = ''): CheckedKeys {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [written, value] of Object.entries(source)) {
    const key = Object.hasOwn(section, written) ? written : written.toLowerCase();
    const kind = Object.hasOwn(section, key) ? section[key] : undefined;
    const fullPath = path === '' ? key : `${path}.${key}`;
    if (kind === undefined) {
      problems.push(`invalid config key ${path === '' ? written : `${path}.${written}`}`);
    } else if (value === null) {
      // Absent: Go leaves the field at its zero value.
    } else if (typeof kind === 'object') {
      if (isJsonObject(value)) {
        const inner = checkKeys(value, kind, fullPath);
        problems.push(...inner.problems);
        values[key] = inner.values;
      } else {
        problems.push(`'${fullPath}' expected a map, got '${goKindOf(value)}' (${shown(value)})`);
      }
    } else {
      problems.push(...kindProblems(value, kind, fullPath));
      values[key] = value;
    }
  }
  return { values, problems };
}

function kindProblems(value: unknown, kind: Exclude<KeyKind, KeySection>, path: string): readonly string[] {
  switch (kind) {
    case 'string':
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
      return isJsonObject(value)
        ? []
        : [`'${path}' expected a map, got '${goKindOf(value)}' (${shown(value)})`];
    case 'string-map':
      if (!isJsonObject(value))
        return [`'${path}' expected a map, got '${goKindOf(value)}' (${shown(value)})`];
      return elementProblems(Object.entries(value), path);
    case 'list':
      return Array.isArray(value) || isJsonObject(value) ? [] : [notAList(path, value)];
    case 'strings':
      return Array.isArray(value) ? elementProblems([...value.entries()], path) : [notAList(path, value)];
  }
}

function elementProblems(elements: readonly (readonly [string | number, unknown])[], path: string): string[] {
  return elements
    .filter(([, element]) => typeof element !== 'string')
    .map(([at, element]) => unconvertible(`${path}[${at}]`, 'string', element));
}

function unconvertible(path: string, wanted: string, value: unknown): string {
  return `'${path}' expected type '${wanted}', got unconvertible type '${goKindOf(value)}' (${shown(value)})`;
}

function notAList(path: string, value: unknown): string {
  return `'${path}': source data must be an array or slice, got ${goKindOf(value)} (${shown(value)})`;
}

/** The name Go gives the kind of a JSON value. */
function goKindOf(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'object' ? 'map' : 'string';
}

/** Enough of a value to find it again. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
