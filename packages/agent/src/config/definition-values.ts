import { InputError, parseDuration } from '@hobnob/catalog/go';
import { CheckDefinition, CheckType, type RecordShape, type Shape } from '@hobnob/catalog/records';
import { isJsonObject, type JsonObject, notAList, notAMap, unconvertible, unknownKey } from './check-keys.ts';

/** Where a file's key is not the field's name in snake case; the first is shown. */
const otherSpellings: Readonly<Record<string, readonly string[]>> = {
  CheckID: ['id'],
  ServiceID: ['service_id', 'serviceid'],
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

/** Files may give a service's check these fields of other checks; they mean nothing there. */
const passedOver = { ServiceID: CheckDefinition.fields.ServiceID, Token: CheckDefinition.fields.Token };

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
  const written = Object.keys(values).map((name) => ({ name, field: fields.get(name.toLowerCase()) }));
  const seen = new Set<FileField['name']>();
  const translated: Record<string, unknown> = {};
  // The key itself counts, then an older name of it, then another case of letters, as in Go.
  for (const { name, field } of written.toSorted((one, other) => rank(one) - rank(other))) {
    const isOlderName = field !== undefined && name.toLowerCase() !== field.key;
    const isGiven = field !== undefined && seen.has(field.name);
    if (isGiven && isOlderName) continue;
    if (field === undefined || isGiven) {
      const known = [...fields].map(([key, { key: newest }]) => [key, newest] as const);
      problems.push(unknownKey(`${path}.`, name, new Map(known)));
      continue;
    }
    seen.add(field.name);
    if (values[name] === null) continue;
    const value = readDefinition(values[name], field.shape, `${path}.${name.toLowerCase()}`, problems);
    if (Object.hasOwn(shape.fields, field.name)) translated[field.name] = value;
  }
  return translated;
}

function rank({ name, field }: { readonly name: string; readonly field: FileField | undefined }): number {
  if (name === field?.key) return 0;
  return name.toLowerCase() === field?.key ? 2 : 1;
}

interface FileField {
  readonly name: string;
  /** The key that files have for it; it may have older ones. */
  readonly key: string;
  readonly shape: Shape;
}

const fieldsByShape = new WeakMap<RecordShape, ReadonlyMap<string, FileField>>();

/** The fields of a record by the keys that files have for them. */
function fieldsOf(shape: RecordShape): ReadonlyMap<string, FileField> {
  const known = fieldsByShape.get(shape);
  if (known !== undefined) return known;
  const fields = new Map(
    Object.entries(shape === CheckType ? { ...shape.fields, ...passedOver } : shape.fields)
      .filter(([name]) => !innerFields.has(name))
      .flatMap(([name, entry]) =>
        keysOf(name).map(
          (key, _i, [first = key]) =>
            [key, { name, key: first, shape: 'shape' in entry ? entry.shape : entry }] as const,
        ),
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
