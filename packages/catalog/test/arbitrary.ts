import fc from 'fast-check';
import type { JsonValue } from '../src/go/json-value.ts';
import { newMap } from '../src/go/json-value.ts';
import { fieldsOf, type Infer, type Shape } from '../src/records/shape.ts';

/** Keys that reach into prototypes where a reader is careless. */
const hostileKeys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'] as const;

const anyKey = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom(...hostileKeys) },
);

function mapOfValues<T>(values: fc.Arbitrary<T>): fc.Arbitrary<Readonly<Record<string, T>>> {
  return fc.array(fc.tuple(anyKey, values), { maxLength: 4 }).map((pairs) => {
    const map = newMap<T>();
    for (const [key, value] of pairs) map[key] = value;
    return map;
  });
}

const plainValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 4 }),
    mapOfValues(tie('value')),
  ),
})).value;

/** Any value of a shape: nil and empty, hostile keys, and integers to the edge of what JSON and MessagePack both keep. */
export function arbitraryOf<S extends Shape>(shape: S): fc.Arbitrary<Infer<S>> {
  return anyValue(shape) as fc.Arbitrary<Infer<S>>;
}

function anyValue(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'text':
      return fc.oneof(fc.constant(''), fc.string({ unit: 'binary', maxLength: 12 }));
    case 'bool':
      return fc.boolean();
    case 'int':
      return fc.maxSafeInteger();
    case 'uint':
    case 'index':
      return fc.maxSafeNat();
    case 'u64':
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case 'duration':
      // Consul reads durations in JSON numbers through floats.
      return fc.oneof(fc.constant(0n), fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }));
    case 'float':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'bytes':
      return fc.option(fc.uint8Array({ maxLength: 12 }));
    case 'json':
      return plainValue;
    case 'list':
      return fc.option(fc.array(anyValue(shape.item), { maxLength: 3 }));
    case 'map':
      return fc.option(mapOfValues(anyValue(shape.item)));
    case 'pointer':
      return fc.option(anyValue(shape.target));
    case 'record':
      return fc.record(
        Object.fromEntries(
          fieldsOf(shape).map(({ name, shape: value, aliases }) => [
            name,
            aliases.length > 0 ? anyValue(value).map(orNone) : anyValue(value),
          ]),
        ),
      );
  }
}

/** A field with another spelling holds no empty list or map: JSON has none at all in its place. */
function orNone(value: unknown): unknown {
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return isEmpty ? null : value;
}

/**
 * JSON texts that a reader of the shape goes far into: objects with its keys, in other cases and spellings too, and
 * values of any kind.
 */
export function hostileJson(shape: Shape): fc.Arbitrary<string> {
  const keys = [...new Set(keysOf(shape))];
  const anyName = fc.constantFrom(
    ...keys,
    ...keys.map((key) => key.toLowerCase()),
    ...keys.map((key) => key.toUpperCase()),
    ...hostileKeys,
    'Unknown',
  );
  return fc.letrec<{ text: string }>((tie) => ({
    text: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      fc.constantFrom(
        'null',
        'true',
        '0',
        '1',
        '-1',
        '1.5',
        '1e400',
        '99999999999999999999',
        '""',
        '"10s"',
        '"x"',
        '{',
        '',
      ),
      fc.json({ maxDepth: 2 }),
      fc.array(tie('text'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
      fc
        .array(fc.tuple(anyName, tie('text')), { maxLength: 8 })
        .map((pairs) => `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
    ),
  })).text;
}

function keysOf(shape: Shape): readonly string[] {
  switch (shape.kind) {
    case 'list':
    case 'map':
      return keysOf(shape.item);
    case 'pointer':
      return keysOf(shape.target);
    case 'record':
      return [
        ...Object.keys(shape.ignored),
        ...fieldsOf(shape).flatMap((entry) => [entry.name, ...entry.aliases, ...keysOf(entry.shape)]),
      ];
    default:
      return [];
  }
}
