import { Reader } from './codec/reader.ts';
import { describeKind, typedArrayName } from './codec/value-kinds.ts';
import { GossipError, GossipTypeError } from './errors.ts';
import { type PlainValue, readValue } from './payload/read-value.ts';
import { encodeValue, pathStep } from './payload/write-value.ts';
import type { StandardSchema, StandardSchemaIssue } from './standard-schema.ts';
import { WireError } from './wire-error.ts';

/**
 * How values of one type travel as payload. Share one between those who send and those who receive. `T` is what
 * receivers get; `In`, what senders give, differs from it only when a schema transforms.
 */
export interface PayloadType<T, In = T> {
  /**
   * @throws GossipTypeError GOSSIP_PAYLOAD for a value that would not come back equal, with its path; for one that the
   *   guard or the schema refuses, with the schema's issues as `problems`.
   */
  pack(value: In): Uint8Array;
  /** @throws GossipError GOSSIP_PAYLOAD when the bytes are no such value; a peer may send anything. */
  unpack(payload: Uint8Array): T;
}

/**
 * Payloads of any type for user events, queries and their answers, packed as MessagePack. `pack` takes what `unpack`
 * gives back equal: null, booleans, finite numbers, text, bytes (Uint8Array and Buffer), Date, bigint within 64 bits,
 * lists and plain objects of these, 32 levels deep and 1 MiB long. Fields that are undefined are left out. The guard,
 * or the schema, is asked on both sides.
 *
 * A schema must be synchronous. What travels is the value that `pack` was given; `unpack` returns what the schema
 * makes of it, so defaults and transformations happen once, on the receiver's side.
 * @throws GossipTypeError GOSSIP_ARGUMENT for what is neither a guard nor a schema.
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
  // First of all, because the schemas of some libraries are functions.
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

/** A validator that throws at a peer's bytes must not look like a fault of whoever unpacks them. */
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
  if (!verdict) return { ok: false, problems: ['its guard says that it is another type of value'] };
  // What the guard accepts is a T.
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
  // Its outcome comes too late for anybody; a rejection must not end the process.
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
