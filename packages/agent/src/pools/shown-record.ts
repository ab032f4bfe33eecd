import { formatDuration } from '@hobnob/catalog/go';
import type { JsonValue, Shape } from '@hobnob/catalog/records';

/**
 * A record as Consul shows parts of its configuration: durations as Go prints them, empty lists and maps for nil, tokens
 * hidden, fields by name. Source: Consul agent/config sanitize.
 */
export function shownRecord(value: unknown, shape: Shape): JsonValue {
  switch (shape.kind) {
    case 'duration':
      return formatDuration(value as bigint);
    case 'list':
      return ((value ?? []) as readonly unknown[]).map((item) => shownRecord(item, shape.item));
    case 'map':
      return mapped((value ?? {}) as object, (item) => shownRecord(item, shape.item));
    case 'pointer':
      return value === null ? null : shownRecord(value, shape.target);
    case 'record':
      return mapped(value as object, (item, name) => {
        const entry = shape.fields[name];
        if (/Token$/.test(name)) return 'hidden';
        if (entry === undefined) return null;
        return shownRecord(item, 'shape' in entry ? entry.shape : entry);
      });
    default:
      return value as JsonValue;
  }
}

function mapped(values: object, change: (value: unknown, name: string) => JsonValue): JsonValue {
  const entries = Object.entries(values).map(([name, value]) => [name, change(value, name)] as const);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}
