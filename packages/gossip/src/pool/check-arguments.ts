import { type Kind, readOrThrow, refuse } from '../checks/kind.ts';
import { nearestName } from '../checks/nearest-name.ts';
import { listOf, mapOf, objectWith } from '../checks/objects.ts';
import { type ReadRows, type RecordKind, type Rows, type RowsOf, recordOf } from '../checks/record.ts';
import { abortSignal, bytes, callable, flag, milliseconds, text, wholeNumber } from '../checks/scalars.ts';
import { GossipTypeError } from '../errors.ts';
import {
  type EventsOptions,
  type GossipEventType,
  type GossipListener,
  gossipEventTypes,
  type ListenOptions,
  type OnceOptions,
} from '../events.ts';
import type { Gossip, JoinOptions, PoolProbeOptions } from '../gossip.ts';
import type { KeyOptions } from '../keys.ts';
import { tagTexts } from '../options/option-kinds.ts';
import type { PayloadType } from '../payload.ts';
import type { QueryOptions } from '../query.ts';
import type { RequestOptions } from '../request.ts';
import { type RetryOptions, retryDefaults } from '../runtime/retry.ts';
import { relayFactorMax } from '../serf/limits.ts';

/**
 * Checks the arguments of the methods of `Gossip` at run time, for callers without TypeScript and for values out of range.
 * Peers could not read a number in place of a text, and a misspelt option or a time of -1 would have another effect than
 * the caller wants.
 */

/** The wire has nanoseconds, which must be a safe integer. */
const queryTimeoutMsMax = Math.floor(Number.MAX_SAFE_INTEGER / 1e6);

const signal = { kind: abortSignal, otherwise: 'none' };

function optionsOf<const R extends Rows>(rows: R) {
  return { kind: recordOf(rows), isAlwaysRead: true } as const;
}

/** As `optionsOf`, for methods that take keys: text in place of the options may be a key and is not shown. */
function optionsBesideKeys<const R extends Rows>(rows: R) {
  const kind = recordOf(rows);
  const read: typeof kind.read = (value, place) => {
    const isText = typeof value === 'string';
    return isText ? refuse({ ...place, isSecret: true }, value, kind.allowed) : kind.read(value, place);
  };
  return { kind: { ...kind, read }, isAlwaysRead: true } as const;
}

const name = { kind: text(), isRequired: true } as const;
const payload = { kind: bytes, otherwise: 'an empty payload', isSecret: true } as const;
const seeds = {
  kind: listOf(text(), {
    allowed: 'a list of addresses such as ["10.0.0.1:7946"]',
    hint: 'of one address: [address]',
  }),
  isRequired: true,
} as const;

/** The type of a method's last argument. */
type OptionsOf<M extends keyof Gossip> = Gossip[M] extends (...args: infer A) => unknown
  ? Required<A> extends readonly [...unknown[], infer Options]
    ? Options
    : never
  : never;

const queryRows = {
  nodes: { kind: listOf(text(), { allowed: 'a list of member names', hint: 'of one member: [name]' }) },
  tags: { kind: mapOf(text(), 'an object of tag names and expressions such as { role: "^web" }') },
  ack: { kind: flag },
  relayFactor: { kind: wholeNumber({ min: 0, max: relayFactorMax }) },
  timeoutMs: { kind: milliseconds({ min: 1, max: queryTimeoutMsMax }) },
  signal,
} satisfies RowsOf<QueryOptions>;

const keyRows = {
  relayFactor: queryRows.relayFactor,
  timeoutMs: queryRows.timeoutMs,
  signal,
} satisfies RowsOf<KeyOptions>;

/** A week: a longer wait between two attempts is a mistake in the unit. */
const retryDelay = milliseconds({ max: 7 * 24 * 3600 * 1000 });

/** A number of attempts. */
const attempts: Kind<number> = {
  allowed: 'a whole number from 1, or Infinity',
  read(value, place) {
    const isCount =
      typeof value === 'number' &&
      value >= 1 &&
      (Number.isInteger(value) || value === Number.POSITIVE_INFINITY);
    return isCount ? value : refuse(place, value, this.allowed);
  },
};

const retryRows = {
  maxAttempts: { kind: attempts, default: retryDefaults.maxAttempts, aliases: ['attempts', 'retries'] },
  minDelayMs: { kind: retryDelay, default: retryDefaults.minDelayMs, aliases: ['delayMs', 'intervalMs'] },
  maxDelayMs: { kind: retryDelay, default: retryDefaults.maxDelayMs },
} satisfies RowsOf<RetryOptions>;

const joinRows = {
  signal,
  timeoutMs: { kind: milliseconds() },
  ignoreOldEvents: { kind: flag },
  retry: { kind: recordOf(retryRows) },
} satisfies RowsOf<JoinOptions>;

const poolProbeRows = { signal, timeoutMs: joinRows.timeoutMs } satisfies RowsOf<PoolProbeOptions>;

const eventType: Kind<GossipEventType> = {
  allowed: `an event: ${gossipEventTypes.join(', ')}`,
  read(value, place) {
    const known = gossipEventTypes.find((type) => type === value);
    if (known !== undefined) return known;
    const nearest = typeof value === 'string' ? nearestName(value, gossipEventTypes) : undefined;
    return refuse(place, value, this.allowed, nearest && `did you mean "${nearest}"?`);
  },
};

const listenRows = { signal } satisfies RowsOf<ListenOptions>;
const onceRows = { name: { kind: text() }, signal } satisfies RowsOf<OnceOptions>;
const eventsRows = {
  types: { kind: listOf(eventType, { allowed: 'a list of events', hint: 'of one event: [type]' }) },
  ...onceRows,
} satisfies RowsOf<EventsOptions>;

/** Whatever `question` packs; without `question` the query asks for bytes. */
const anyValue: Kind<unknown> = { allowed: 'a value', read: (value) => value };

const requestRows = {
  ...queryRows,
  payload: { kind: anyValue, isSecret: true },
  question: { kind: objectWith<Pick<PayloadType<never, unknown>, 'pack'>>('a payload type', ['pack']) },
  answer: { kind: objectWith<Pick<PayloadType<unknown, never>, 'unpack'>>('a payload type', ['unpack']) },
} satisfies RowsOf<RequestOptions<unknown, unknown>>;

/** By method: its arguments in their order. */
const methods = {
  join: { seeds, options: optionsOf(joinRows) },
  probePool: { seeds, options: optionsOf(poolProbeRows) },
  leave: { options: optionsOf({ signal } satisfies RowsOf<OptionsOf<'leave'>>) },
  forceLeave: {
    name,
    options: optionsOf({ prune: { kind: flag }, signal } satisfies RowsOf<OptionsOf<'forceLeave'>>),
  },
  setTags: {
    tags: { kind: tagTexts, isRequired: true },
    options: optionsOf({ signal } satisfies RowsOf<OptionsOf<'setTags'>>),
  },
  userEvent: {
    name,
    payload,
    options: optionsOf({ coalesce: { kind: flag } } satisfies RowsOf<OptionsOf<'userEvent'>>),
  },
  query: { name, payload, options: optionsOf(queryRows) },
  request: { name, options: optionsOf(requestRows) },
  on: {
    type: { kind: eventType, isRequired: true },
    listener: { kind: callable<GossipListener>(), isRequired: true },
    options: optionsOf(listenRows),
  },
  once: { type: { kind: eventType, isRequired: true }, options: optionsOf(onceRows) },
  events: { options: optionsOf(eventsRows) },
  respond: { payload: { kind: bytes, isRequired: true, isSecret: true } },
  member: { name },
  coordinate: { name: { kind: text() } },
  rttMs: { a: name, b: { kind: text() } },
  'keys.list': { options: optionsBesideKeys(keyRows) },
  'keys.install': { options: optionsBesideKeys(keyRows) },
  'keys.use': { options: optionsBesideKeys(keyRows) },
  'keys.remove': { options: optionsBesideKeys(keyRows) },
} as const satisfies Readonly<Record<string, Rows>>;

type Methods = typeof methods;

/** Options after the check; those that were left out are undefined. */
export type Checked<O> = { readonly [K in keyof O]?: O[K] | undefined };

// Created once: a method may be called for every member of a pool.
const kinds = Object.fromEntries(
  Object.entries<Rows>(methods).map(([method, rows]) => [method, recordOf(rows)]),
) as { readonly [M in keyof Methods]: RecordKind<Methods[M]> };

/**
 * Checks the arguments of a call and copies them, so that later changes by the caller have no effect.
 * @throws GossipTypeError GOSSIP_ARGUMENT with every fault, before anything is sent.
 */
export function readArguments<M extends keyof Methods>(
  method: M,
  given: { readonly [K in keyof Methods[M]]: unknown },
): ReadRows<Methods[M]> {
  const kind: Kind<ReadRows<Methods[M]>> = kinds[method];
  return readOrThrow(kind, given, (problems) => {
    return new GossipTypeError('GOSSIP_ARGUMENT', `${method}: ${problems.join('; ')}`, { problems });
  });
}
