/** The parameters of a watch, by Consul's names. */
export interface WatchParameters {
  readonly key?: string;
  readonly prefix?: string;
  readonly service?: string;
  readonly service_id?: string;
  readonly tag?: readonly string[];
  readonly passingonly?: boolean;
  readonly state?: string;
  readonly name?: string;
  readonly stale?: boolean;
}

export type ParameterName = keyof WatchParameters;

/**
 * The values of these parameters, checked in this order, or the sentence for the first one of the wrong kind.
 * Source: Consul api/watch/watch.go, assignValue.
 */
export function readParameters(
  names: readonly ParameterName[],
  given: Readonly<Record<string, unknown>>,
): WatchParameters | string {
  for (const name of names) {
    const value = given[name];
    const problem = value === undefined ? undefined : problems[name](value, name);
    if (problem !== undefined) return problem;
  }
  const { tag } = given;
  const read = Object.fromEntries(names.map((name) => [name, given[name]]));
  // Each value is of its parameter's kind; a single tag stands for a list of one.
  return (
    tag === undefined ? read : { ...read, tag: typeof tag === 'string' ? [tag] : tag }
  ) as WatchParameters;
}

/** Why a value is none of its parameter. */
type ProblemOf = (value: unknown, name: string) => string | undefined;

const text: ProblemOf = (value, name) =>
  typeof value === 'string' ? undefined : `Expecting ${name} to be a string`;

const flag: ProblemOf = (value, name) =>
  typeof value === 'boolean' ? undefined : `Expecting ${name} to be a boolean`;

const texts: ProblemOf = (value, name) => {
  if (typeof value === 'string') return undefined;
  if (!Array.isArray(value)) return `Expecting ${name} to be a string or []string`;
  const at = value.findIndex((element) => typeof element !== 'string');
  return at < 0 ? undefined : `Index ${at} of ${name} expected to be string`;
};

const problems: Readonly<Record<ParameterName, ProblemOf>> = {
  key: text,
  prefix: text,
  service: text,
  service_id: text,
  tag: texts,
  passingonly: flag,
  state: text,
  name: text,
  stale: flag,
};
