import { durationMs, InputError, parseDuration } from '@hobnob/catalog/go';

/** A request that tells of each change. */
export interface HttpHandler {
  readonly kind: 'http';
  /** As it was written: it is read when it is asked for, as in Consul. */
  readonly url: string;
  readonly method: string;
  /** For the whole request. */
  readonly timeoutMs: number;
  readonly headers: readonly (readonly [name: string, values: readonly string[]])[];
  readonly skipsTlsVerification: boolean;
}

/** Source: Consul api/watch/watch.go, DefaultTimeout. */
const timeoutMsDefault = 10_000;

/**
 * The `http_handler_config` of a watch, or the sentence that refuses it. Names match in any case, and others are passed
 * over, as in Consul. Source: Consul api/watch/watch.go, parseHttpHandlerConfig.
 */
export function readHttpHandler(given: unknown): HttpHandler | string {
  if (given === undefined) return "Handler type 'http' requires 'http_handler_config' to be set";
  const problem = (sentence: string): string => `Failed to parse 'http_handler_config': ${sentence}`;
  if (given !== null && !isMap(given)) return problem(`'' expected a map, got '${goKind(given)}'`);
  const values = new Map(Object.entries(given ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const header = values.get('header') ?? undefined;
  const problems = [
    ...fields.flatMap(([name, kind]) => fieldProblems(name, values.get(name), kind)),
    ...headerProblems(header),
  ];
  if (problems.length > 0) return problem(problems.join('; '));
  const read = <T>(name: string, absent: T): T => (values.get(name) ?? absent) as T;
  const url = read('path', '');
  if (url === '') return problem("Requires 'path' to be set");
  const timeout = readTimeout(read('timeout', ''));
  if (typeof timeout === 'string') return problem(`Failed to parse timeout: ${timeout}`);
  return {
    kind: 'http',
    url,
    method: read('method', '') || 'POST',
    timeoutMs: timeout,
    headers: isMap(header) ? Object.entries(header).map(([name, each]) => [name, textsOf(each)]) : [],
    skipsTlsVerification: read('tls_skip_verify', false),
  };
}

const fields = [
  ['method', 'string'],
  ['path', 'string'],
  ['timeout', 'string'],
  ['tls_skip_verify', 'bool'],
] as const;

function fieldProblems(name: string, value: unknown, kind: 'string' | 'bool'): readonly string[] {
  if (value === undefined || value === null || goKind(value) === kind) return [];
  return [`'${name}' expected type '${kind}', got unconvertible type '${goKind(value)}'`];
}

function headerProblems(header: unknown): readonly string[] {
  if (header === undefined) return [];
  if (!isMap(header)) return [`'header' expected a map, got '${goKind(header)}'`];
  return Object.entries(header).flatMap(([name, values]) => {
    const path = `header[${name}]`;
    if (values === null) return [];
    if (!Array.isArray(values))
      return [`'${path}': source data must be an array or slice, got ${goKind(values)}`];
    return values.flatMap((value, at) => fieldProblems(`${path}[${at}]`, value, 'string'));
  });
}

function textsOf(values: unknown): readonly string[] {
  return Array.isArray(values) ? values.map((value) => value ?? '') : [];
}

/** In milliseconds, or Go's text for what is no duration. */
function readTimeout(text: string): number | string {
  if (text === '') return timeoutMsDefault;
  try {
    return durationMs(parseDuration(text));
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'object' ? 'map' : 'string';
}
