import type { AgentOptions } from '../options.ts';

/**
 * What a value of the configuration may be: Go's kinds, a Go duration as text, `strings` (a list of text),
 * `string-map`, `maps` (a list of maps), or a `list` or `map` whose inside is read by the feature that it belongs to.
 */
export type KeyKind =
  | 'string'
  | 'duration'
  | 'bool'
  | 'int'
  | 'uint'
  | 'float'
  | 'strings'
  | 'string-map'
  | 'maps'
  | 'list'
  | 'map';

/**
 * - `works`: the agent acts on it.
 * - `implied`: the agent does what it asks for in any case, or it means nothing while ACLs are off; nothing is logged.
 * - `ignored`: accepted, and logged as without effect.
 * - `refused`: promises a protection that this version does not have; the agent does not start with it. A value that
 *   switches the protection off is accepted.
 */
export type KeyEffect = 'works' | 'implied' | 'ignored' | 'refused';

/** A value that promises a protection, and what the operator would believe to be protected. */
export interface KeyRefusal {
  /** Whether a value asks for the protection. */
  readonly when: (value: unknown) => boolean;
  /** The protection, as the refusal names it: `TLS`. */
  readonly promise: string;
}

/** What only some keys have. */
export interface KeyDetails {
  /** The flag of `agent` that stands for this key, without dashes. */
  readonly flag?: string;
  /** The sentence that Consul 1.8.7 refuses a value with; undefined for one that it takes. */
  readonly check?: (value: number) => string | undefined;
  /** Whether a reload applies a change; changes of other keys are logged as ones that need a restart. */
  readonly isReloadable?: boolean;
  /** Values that keep the agent from starting. */
  readonly refusal?: KeyRefusal;
  /** Banner and API show the value, but nothing listens there yet: any value but -1 is logged as without effect. */
  readonly isUnused?: boolean;
}

/** One key of the configuration. */
export interface ConfigKey extends KeyDetails {
  readonly kind: KeyKind;
  readonly effect: KeyEffect;
  /** One sentence for operators; of a key with a flag, the flag's help. */
  readonly doc: string;
  /** Where its value goes: a dotted path in `AgentOptions`. */
  readonly option?: OptionPath;
}

/** Keys by name, in Consul's spelling; a section has keys of its own. */
export interface KeySection {
  readonly [name: string]: ConfigKey | KeySection;
}

type Leaf = string | number | boolean | readonly unknown[] | Readonly<Record<string, string>>;

/** The dotted paths of all options: `nodeName`, `lanJoin.retryJoin`. */
export type OptionPath<T = AgentOptions> = {
  [K in keyof T & string]-?: IsLeaf<NonNullable<T[K]>> extends true
    ? K
    : `${K}.${OptionPath<NonNullable<T[K]>>}`;
}[keyof T & string];

type IsLeaf<T> = T extends string | number | boolean | readonly unknown[]
  ? true
  : string extends keyof T
    ? true
    : false;

type OptionValue<P extends string, T = AgentOptions> = P extends `${infer K}.${infer Rest}`
  ? K extends keyof T
    ? OptionValue<Rest, NonNullable<T[K]>>
    : never
  : P extends keyof T
    ? NonNullable<T[P]>
    : never;

/** The kinds whose values an option of type `V` can hold. */
type KindFor<V extends Leaf> = V extends string
  ? 'string'
  : V extends boolean
    ? 'bool'
    : V extends number
      ? 'int' | 'uint' | 'float' | 'duration'
      : V extends readonly string[]
        ? 'strings'
        : V extends readonly unknown[]
          ? 'maps'
          : 'string-map';

/** A key that the agent acts on; `kind` has to fit the type of the option. */
export function works<P extends OptionPath>(
  kind: KindFor<OptionValue<P>>,
  option: P,
  doc: string,
  details: KeyDetails = {},
): ConfigKey {
  return { ...details, kind, effect: 'works', option, doc };
}

/** A key that defines services or checks; `file-definitions.ts` reads its value. */
export function defines(kind: 'map' | 'list', doc: string): ConfigKey {
  return { kind, effect: 'works', isReloadable: true, doc };
}

/** A key that is accepted, and logged as without effect. */
export function ignored(kind: KeyKind, doc: string, details: KeyDetails = {}): ConfigKey {
  return { ...details, kind, effect: 'ignored', doc };
}

/** A key that asks for what the agent does in any case. */
export function implied(kind: KeyKind, doc: string, details: KeyDetails = {}): ConfigKey {
  return { ...details, kind, effect: 'implied', doc };
}

/** A key that promises a protection this version does not have. */
export function refused(kind: KeyKind, promise: string, doc: string, details: KeyDetails = {}): ConfigKey {
  return { ...details, kind, effect: 'refused', doc, refusal: promises(kind, promise) };
}

/** The values of a kind that ask for a protection: `true`, a port, a text or list that is not empty. */
export function promises(kind: KeyKind, promise: string): KeyRefusal {
  if (kind === 'bool') return { promise, when: (value) => value === true };
  if (kind === 'int') return { promise, when: (value) => typeof value === 'number' && value > 0 };
  return { promise, when: (value) => value !== '' && !(Array.isArray(value) && value.length === 0) };
}

/** A number that Consul wants to be zero or more. */
export function notNegative(path: string): KeyDetails {
  return {
    check: (value) =>
      value >= 0 ? undefined : `${path} cannot be ${value}. Must be greater than or equal to zero`,
  };
}

/** A number that Consul wants to be above zero. */
export function strictlyPositive(path: string): KeyDetails {
  return {
    check: (value) => (value > 0 ? undefined : `${path} must be strictly positive, was: ${value}`),
  };
}

export function isKey(entry: ConfigKey | KeySection): entry is ConfigKey {
  return typeof entry['kind'] === 'string';
}
