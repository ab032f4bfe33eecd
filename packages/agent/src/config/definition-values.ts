import { InputError, parseDuration } from '@hobnob/catalog/go';
import type { RecordShape, Shape } from '@hobnob/catalog/records';
import { isJsonObject, type JsonObject, notAList, notAMap, unconvertible } from './check-keys.ts';

/** Where a file's key is not the field's name in snake case; the first is shown. */
const otherSpellings: Readonly<Record<string, readonly string[]>> = {
  CheckID: ['id'],
  ScriptArgs: ['args', 'scriptargs'],
  DockerContainerID: ['docker_container_id', 'dockercontainerid'],
  TLSSkipVerify: ['tls_skip_verify', 'tlsskipverify'],
  DeregisterCriticalServiceAfter: ['deregister_critical_service_after', 'deregistercriticalserviceafter'],
};
/** Fields that only servers and agents set. */
const innerFields: ReadonlySet<string> = new Set([
  'ProxyHTTP',
  'ProxyGRPC',
  'DestinationNamespace',
  'IngressHosts',
  'ParsedFromCheck',
]);

function keysOf(field: string): readonly string[] {
  const snake = field.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2');
  return otherSpellings[field] ?? [snake.toLowerCase()];
}

/**
 * A value of a configuration file as the HTTP API has it, under the names of the record's fields. Faults go to `problems`
 * in Consul's sentences, and their values are dropped. Pure. Source: Consul agent/config.
 */
export function readDefinition(value: unknown, shape: Shape, path: string, problems: string[]): unknown {
  const refuse = (problem: string): undefined => {
    problems.push(problem);
    return undefined;
  };
  switch (shape.kind) {
    case 'text':
    case 'bytes':
      return typeof value === 'string' ? value : refuse(unconvertible(path, 'string', value));
    case 'bool':
      return typeof value === 'boolean' ? value : refuse(unconvertible(path, 'bool', value));
    case 'int':
    case 'uint':
    case 'index':
    case 'u64':
      return Number.isSafeInteger(value) ? value : refuse(unconvertible(path, 'int', value));
    case 'float':
      return typeof value === 'number' ? value : refuse(unconvertible(path, 'float64', value));
    case 'duration':
      return durationOf(value, path, refuse);
    case 'json':
      return value;
    case 'list':
      if (!Array.isArray(value)) return refuse(notAList(path, value));
      return value.map((item, i) => readDefinition(item, shape.item, `${path}[${i}]`, problems));
    case 'map':
      if (!isJsonObject(value)) return refuse(notAMap(path, value));
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          key,
          readDefinition(item, shape.item, `${path}[${key}]`, problems),
        ]),
      );
    case 'pointer':
      return readDefinition(value, shape.target, path, problems);
    case 'record':
      return isJsonObject(value) ? readFields(value, shape, path, problems) : refuse(notAMap(path, value));
  }
}

function readFields(values: JsonObject, shape: RecordShape, path: string, problems: string[]): JsonObject {
  const fields = fieldsOf(shape);
  const translated: Record<string, unknown> = {};
  for (const [written, value] of Object.entries(values)) {
    const field = fields.get(written.toLowerCase());
    if (field === undefined) problems.push(`invalid config key ${path}.${written}`);
    else if (value !== null) {
      translated[field.name] = readDefinition(
        value,
        field.shape,
        `${path}.${written.toLowerCase()}`,
        problems,
      );
    }
  }
  return translated;
}

interface FileField {
  readonly name: string;
  readonly shape: Shape;
}

const fieldsByShape = new WeakMap<RecordShape, ReadonlyMap<string, FileField>>();

/** The fields of a record by the keys that files have for them. */
function fieldsOf(shape: RecordShape): ReadonlyMap<string, FileField> {
  const known = fieldsByShape.get(shape);
  if (known !== undefined) return known;
  const fields = new Map(
    Object.entries(shape.fields)
      .filter(([name]) => !innerFields.has(name))
      .flatMap(([name, entry]) =>
        keysOf(name).map((key) => [key, { name, shape: 'shape' in entry ? entry.shape : entry }] as const),
      ),
  );
  fieldsByShape.set(shape, fields);
  return fields;
}

function durationOf(
  value: unknown,
  path: string,
  refuse: (problem: string) => undefined,
): string | undefined {
  if (typeof value !== 'string') return refuse(unconvertible(path, 'string', value));
  try {
    parseDuration(value);
    return value;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return refuse(`${path}: invalid duration: ${JSON.stringify(value)}: ${error.message}`);
  }
}
