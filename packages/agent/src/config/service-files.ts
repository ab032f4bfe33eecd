import { InputError, parseDuration } from '@hobnob/catalog/go';
import { type RecordShape, ServiceDefinition, type Shape } from '@hobnob/catalog/records';
import type { ServiceRegistration } from '../client/records.ts';
import { AgentError } from '../errors.ts';
import { checkKeys, isJsonObject, type JsonObject, notAList, notAMap, unconvertible } from './check-keys.ts';
import { configKeys } from './keys.ts';
import { type ConfigFile, parseObject } from './parse-files.ts';
import { listProblems } from './problems.ts';

/**
 * The services that configuration files define (`service` and `services`), as the HTTP API takes them; other keys are
 * checked and passed over. Pure. The keys are those of the record, in Consul's spelling for files.
 * @throws AgentError AGENT_CONFIG with every fault of every file.
 */
export function parseServiceFiles(files: readonly ConfigFile[]): readonly ServiceRegistration[] {
  const problems: string[] = [];
  const services = files.flatMap((file) => {
    const found: string[] = [];
    const values = parseObject(file, problems);
    const { given, problems: keyProblems } = checkKeys(values, configKeys);
    found.push(...keyProblems);
    const definitionsAt = (path: string): readonly unknown[] => {
      const value = given.find((key) => key.path === path)?.value ?? [];
      return Array.isArray(value) ? value : [value];
    };
    const translated = [
      ...definitionsAt('services').map((value, i) =>
        translate(value, ServiceDefinition, `services[${i}]`, found),
      ),
      ...definitionsAt('service').map((value) => translate(value, ServiceDefinition, 'service', found)),
    ];
    problems.push(...found.map((problem) => `${file.path}: ${problem}`));
    return translated.map(toRegistration);
  });
  if (problems.length === 0) return services;
  throw new AgentError('AGENT_CONFIG', listProblems(problems), { problems });
}

/** As Consul's command registers it: one list of checks, and whole weights. A service without a name is the agent's to refuse. */
function toRegistration(value: unknown): ServiceRegistration {
  const { Check, Checks, Weights, ...service } = value as Partial<ServiceRegistration>;
  const checks = [...(Checks ?? []), ...(Check === undefined ? [] : [Check])];
  return {
    ...service,
    Name: service.Name ?? '',
    Weights: { Passing: 1, Warning: 1, ...Weights },
    ...(checks.length === 0 ? {} : { Checks: checks }),
  };
}

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

/** A value of a file as the API has it, under the field's names; faults go to `problems`, and their values are dropped. */
function translate(value: unknown, shape: Shape, path: string, problems: string[]): unknown {
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
      if (isJsonObject(value)) return [translate(value, shape.item, `${path}[0]`, problems)];
      if (!Array.isArray(value)) return refuse(notAList(path, value));
      return value.map((item, i) => translate(item, shape.item, `${path}[${i}]`, problems));
    case 'map':
      if (!isJsonObject(value)) return refuse(notAMap(path, value));
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          key,
          translate(item, shape.item, `${path}[${key}]`, problems),
        ]),
      );
    case 'pointer':
      return translate(value, shape.target, path, problems);
    case 'record':
      return isJsonObject(value)
        ? translateRecord(value, shape, path, problems)
        : refuse(notAMap(path, value));
  }
}

function translateRecord(
  values: JsonObject,
  shape: RecordShape,
  path: string,
  problems: string[],
): JsonObject {
  const fields = new Map(
    Object.entries(shape.fields)
      .filter(([name]) => !innerFields.has(name))
      .flatMap(([name, entry]) =>
        keysOf(name).map((key) => [key, { name, shape: 'shape' in entry ? entry.shape : entry }] as const),
      ),
  );
  const translated: Record<string, unknown> = {};
  for (const [written, value] of Object.entries(values)) {
    const field = fields.get(written.toLowerCase());
    if (field === undefined) problems.push(`invalid config key ${path}.${written}`);
    else if (value !== null) {
      translated[field.name] = translate(value, field.shape, `${path}.${written.toLowerCase()}`, problems);
    }
  }
  return translated;
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
