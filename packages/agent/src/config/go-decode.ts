import { isJsonObject, type JsonObject } from './check-keys.ts';
import { type GoType, goTypeOf, pointerSections, type StructType } from './go-types.ts';
import { isKey, type KeySection } from './key.ts';

/**
 * The values of a file as they would stand in JSON that says the same: a list of one value, which every block of HCL is, stands for
 * that value where Consul wants no list, and the fraction of a number is cut off where it wants a whole one. What fits
 * nowhere stays as it is, for the checks of keys to refuse. Pure.
 * Source: Consul lib/decode HookWeakDecodeFromSlice, in files of either format; mapstructure v1.3.3 decodeInt.
 */
export function decodeAsGo(values: JsonObject, section: KeySection, prefix = ''): JsonObject {
  return mapValues(values, (given, written) => {
    const name = Object.hasOwn(section, written) ? written : written.toLowerCase();
    const entry = Object.hasOwn(section, name) ? section[name] : undefined;
    if (entry === undefined) return given;
    const path = prefix + name;
    if (isKey(entry)) return decode(given, goTypeOf(path, entry));
    const inner = pointerSections.has(path) ? onlyOne(onlyOne(given)) : onlyOne(given);
    return isJsonObject(inner) ? decodeAsGo(inner, entry, `${path}.`) : inner;
  });
}

function decode(value: unknown, type: GoType): unknown {
  switch (type.kind) {
    case 'pointer': {
      const inner = onlyOne(onlyOne(value));
      if (typeof type.to === 'object') return decodeStruct(inner, type.to);
      return type.to === 'whole' && typeof inner === 'number' ? Math.trunc(inner) : inner;
    }
    case 'single':
      return onlyOne(value);
    case 'any':
      return isOne(value) ? unlist(value[0]) : value;
    case 'struct':
      return decodeStruct(onlyOne(value), type);
    case 'list':
      return Array.isArray(value) ? value.map((item) => decode(item, type.item)) : value;
    case 'map': {
      const inner = onlyOne(value);
      return isJsonObject(inner) ? mapValues(inner, (item) => decode(item, type.item)) : inner;
    }
  }
}

function decodeStruct(value: unknown, { fields }: StructType): unknown {
  if (!isJsonObject(value)) return value;
  return mapValues(value, (item, written) => {
    const name = written.toLowerCase();
    const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return type === undefined ? item : decode(item, type);
  });
}

/** In maps of any values, at any depth, a list of one value is replaced by it. */
function unlist(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unlist);
  if (!isJsonObject(value)) return value;
  return mapValues(value, (item) => unlist(onlyOne(item)));
}

function onlyOne(value: unknown): unknown {
  return isOne(value) ? value[0] : value;
}

function isOne(value: unknown): value is readonly [unknown] {
  return Array.isArray(value) && value.length === 1;
}

function mapValues(values: JsonObject, change: (value: unknown, name: string) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value, name)]));
}
