import type { KeyAction } from '@hobnob/catalog/testing';
import type { Input } from './requests.ts';

/** What the clients ask for. Pure but for `random`. */

/** A number from 0 (inclusive) to 1. */
export type Random = () => number;

const keys = ['k/0', 'k/1', 'k/2', 'k/3', 'k/4'] as const;
const pairs = ['p/0', 'p/1', 'p/2'] as const;
const locks = ['l/0', 'l/1'] as const;
const services = ['svc-0', 'svc-1', 'svc-2'] as const;

const pairKeys = (pair: string): readonly [string, string] => [`${pair}/a`, `${pair}/b`];

/** What a client remembers: the index that each key had when it saw it last, and its session for each lock. */
export interface Memory {
  readonly indexes: ReadonlyMap<string, number>;
  readonly sessions: ReadonlyMap<string, Session>;
}

export interface Session {
  readonly id: string;
  readonly behavior: 'release' | 'delete';
}

/** What to do next: an operation, or first a session for a lock. */
export type Planned = Input | { readonly sessionFor: string; readonly behavior: Session['behavior'] };

function one<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

/** `value` is one that nobody has written before. */
export function nextOperation(random: Random, value: string, memory: Memory): Planned {
  const pick = random();
  if (pick < 0.35) return onKey(random, value, memory);
  if (pick < 0.55) return onLock(random, value, memory);
  if (pick < 0.8) return onPair(random, value, memory);
  return onService(random, value);
}

function onKey(random: Random, value: string, { indexes }: Memory): Input {
  const key = one(random, keys);
  const index = indexes.get(key) ?? 0;
  const pick = random();
  const kv: KeyAction =
    pick < 0.25
      ? { kind: 'get', key }
      : pick < 0.55
        ? { kind: 'set', key, value }
        : pick < 0.85
          ? { kind: 'cas', key, value, index }
          : pick < 0.93
            ? { kind: 'delete', key }
            : { kind: 'delete-cas', key, index: Math.max(index, 1) };
  return { object: key, kv };
}

function onLock(random: Random, value: string, { sessions }: Memory): Planned {
  const key = one(random, locks);
  const session = sessions.get(key);
  if (session === undefined) return { sessionFor: key, behavior: random() < 0.7 ? 'release' : 'delete' };
  const { id, behavior } = session;
  const pick = random();
  if (pick < 0.45) return { object: key, kv: { kind: 'lock', key, value, session: id } };
  if (pick < 0.7) return { object: key, kv: { kind: 'unlock', key, value, session: id } };
  if (pick < 0.9) return { object: key, kv: { kind: 'get', key } };
  return { object: key, kv: { kind: 'end-session', session: id, behavior } };
}

function onPair(random: Random, value: string, { indexes }: Memory): Input {
  const pair = one(random, pairs);
  const [a, b] = pairKeys(pair);
  const index = indexes.get(a) ?? 0;
  const pick = random();
  const set = (key: string): KeyAction => ({ kind: 'set', key, value });
  const cas = (key: string): KeyAction => ({ kind: 'cas', key, value, index });
  const actions =
    pick < 0.4
      ? [set(a), set(b)]
      : pick < 0.6
        ? [cas(a), cas(b)]
        : pick < 0.7
          ? // Refused after its first half, unless the key is at that very index.
            [set(a), cas(b)]
          : [get(a), get(b)];
  return { object: pair, kv: { kind: 'txn', actions } };
}

function onService(random: Random, value: string): Input {
  const key = one(random, services);
  const pick = random();
  if (pick < 0.5) return { object: key, kv: { kind: 'set', key, value } };
  return { object: key, kv: pick < 0.65 ? { kind: 'delete', key } : get(key) };
}

function get(key: string): KeyAction {
  return { kind: 'get', key };
}

/** Reads everything once. */
export function readAll(): readonly Input[] {
  return [
    ...[...keys, ...locks, ...services].map((key): Input => ({ object: key, kv: get(key) })),
    ...pairs.flatMap((object): readonly Input[] => {
      const [a, b] = pairKeys(object);
      return [
        { object, kv: { kind: 'txn', actions: [get(a), get(b)] } },
        { object, kv: get(a) },
        { object, kv: get(b) },
      ];
    }),
  ];
}
