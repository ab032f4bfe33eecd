import { Reader } from './codec/reader.ts';
import { describeKind, typedArrayName } from './codec/value-kinds.ts';
import { GossipError, GossipTypeError } from './errors.ts';
import { type PlainValue, readValue } from './payload/read-value.ts';
import { encodeValue, pathStep } from './payload/write-value.ts';
import { WireError } from './wire-error.ts';

/**
 * Packs values of one type as payloads, and unpacks them. Senders and receivers should share one. `T` is the type that
 * receivers get; `In`, the type that senders give, differs from it only when a schema transforms.
 */
export interface PayloadType<T, In = T> {
  /**
   * Packs a value.
   * @throws GossipTypeError GOSSIP_PAYLOAD for a value that `unpack` would not give back equal, with its path; for one
   *   that the guard or the schema refuses, with the schema's issues as `problems`.
   */
  pack(value: In): Uint8Array;
  /**
   * Unpacks a value.
   * @throws GossipError GOSSIP_PAYLOAD when the bytes are no value of this type; a peer may send anything.
   */
  unpack(payload: Uint8Array): T;
}

/**
 * Defines a type of payload for user events, queries and their responses, packed as MessagePack. `pack` accepts null,
 * booleans, finite numbers, text, bytes (Uint8Array and Buffer), Date, bigint within 64 bits, and lists and plain objects
 * of these, up to 32 levels deep and 1 MiB long; `unpack` gives back an equal value. Fields that are undefined are left
 * out. Both call the guard or the schema.
 *
 * A schema must be synchronous. The value given to `pack` is sent as it is; `unpack` returns the schema's output, so
 * defaults and transformations are applied once, by the receiver.
 * @throws GossipTypeError GOSSIP_ARGUMENT unless `guard` is a guard or a schema.
 */
export function definePayload<T>(guard: (value: unknown) => value is T): PayloadType<T>;
/** As above, with a schema instead of a guard. */
export function definePayload<In, Out>(schema: StandardSchema<In, Out>): PayloadType<Out, In>;
/** Takes either. */
export function definePayload<T>(validator: unknown): PayloadType<T> {
  const check = checkOf<T>(validator);
  return {
    pack: (value) => {
      const payload = encodeValue(value, root);
      const verdict = check(value);
      if (verdict.ok) return payload;
      const { problems } = verdict;
      throw new GossipTypeError('GOSSIP_PAYLOAD', refusal('the value is refused', problems), verdict);
    },
    unpack: (payload) => {
      const verdict = check(readWhole(payload));
      if (verdict.ok) return verdict.value;
      const { problems } = verdict;
      throw new GossipError('GOSSIP_PAYLOAD', refusal('the payload is refused', problems), verdict);
    },
  };
}

const root = 'payload';

type Verdict<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly string[]; readonly cause?: unknown };

type Check<T> = (value: unknown) => Verdict<T>;

function checkOf<T>(validator: unknown): Check<T> {
  // Checked first, because the schemas of some libraries are functions.
  if (isSchema<T>(validator)) return attempt('the schema', (value) => bySchema(validator, value));
  if (typeof validator === 'function') {
    return attempt('the guard', (value) => byGuard<T>(validator as (value: unknown) => unknown, value));
  }
  const message = `definePayload needs a guard or a Standard Schema, not ${describeKind(validator)}`;
  throw new GossipTypeError('GOSSIP_ARGUMENT', message);
}

function isSchema<T>(validator: unknown): validator is StandardSchema<unknown, T> {
  if ((typeof validator !== 'object' && typeof validator !== 'function') || validator === null) return false;
  const standard: unknown = '~standard' in validator ? validator['~standard'] : undefined;
  if (typeof standard !== 'object' || standard === null) return false;
  return 'validate' in standard && typeof standard.validate === 'function';
}

/** Turns an error of the validator into a refusal: a peer's bytes may cause it, and the caller of `unpack` did not. */
function attempt<T>(what: string, check: Check<T>): Check<T> {
  return (value) => {
    try {
      return check(value);
    } catch (cause) {
      return { ok: false, problems: [`${what} threw`], cause };
    }
  };
}

function byGuard<T>(guard: (value: unknown) => unknown, value: unknown): Verdict<T> {
  const verdict = guard(value);
  if (isPromise(verdict)) return asynchronous('the guard', verdict);
  if (!verdict) return { ok: false, problems: ['its guard does not accept it'] };
  // A value that the guard accepts is a T.
  return { ok: true, value: value as T };
}

function bySchema<T>(schema: StandardSchema<unknown, T>, value: unknown): Verdict<T> {
  const result = schema['~standard'].validate(value);
  if (isPromise(result)) return asynchronous('the schema', result);
  if (result.issues === undefined) return { ok: true, value: result.value };
  return { ok: false, problems: result.issues.map(issueText) };
}

function issueText({ message, path = [] }: StandardSchemaIssue): string {
  const steps = path.map((segment) => (typeof segment === 'object' ? segment.key : segment));
  const text = steps.map((step) => pathStep(typeof step === 'symbol' ? String(step) : step)).join('');
  return `${root}${text}: ${message}`;
}

function asynchronous<T>(what: string, promise: PromiseLike<unknown>): Verdict<T> {
  // The outcome is ignored; a rejection must not end the process.
  new Promise((resolve) => resolve(promise)).catch(() => undefined);
  return { ok: false, problems: [`${what} is asynchronous, and a payload has to be checked at once`] };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function refusal(what: string, problems: readonly string[]): string {
  return `${what}: ${problems.join('; ')}`;
}

function readWhole(payload: Uint8Array): PlainValue {
  if (typedArrayName(payload) !== 'Uint8Array') {
    throw new GossipTypeError('GOSSIP_ARGUMENT', `a payload has to be bytes, not ${describeKind(payload)}`);
  }
  const reader = new Reader(payload);
  try {
    const value = readValue(reader);
    if (reader.remaining > 0) throw new WireError('WIRE_MALFORMED', 'bytes follow the value');
    return value;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const message = `the payload cannot be read: ${error.message}`;
    throw new GossipError('GOSSIP_PAYLOAD', message, { cause: error });
  }
}

/**
 * A validator of any library that follows Standard Schema 1 (zod, valibot, arktype and others), with its input type `In`
 * and its output type `Out`. Source: https://standardschema.dev.
 */
export interface StandardSchema<In = unknown, Out = In> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardSchemaResult<Out> | Promise<StandardSchemaResult<Out>>;
    /** For the type checker alone. */
    readonly types?: { readonly input: In; readonly output: Out } | undefined;
  };
}

/** The result of a validation: a value or issues. */
export type StandardSchemaResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] };

/** A problem that a validator found. */
export interface StandardSchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
