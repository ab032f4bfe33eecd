import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { decodeText } from './codec/text.ts';
import type { StandardSchema } from './payload.ts';
import { definePayload } from './payload.ts';

const anything = definePayload((_value): _value is unknown => true);
const numbers = definePayload((value): value is readonly number[] => Array.isArray(value));

const [int64Min, uint64Max] = [-(2n ** 63n), 2n ** 64n - 1n];

/** Every value that a payload takes. */
const plainValue = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(
      null,
      -0,
      2 ** 53,
      -(2 ** 53),
      Number.MIN_VALUE,
      '\ufffd',
      decodeText(Uint8Array.of(0xff)),
    ),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt({ min: int64Min, max: uint64Max }),
    fc.bigInt({ min: -300n, max: 300n }),
    fc.string({ unit: 'binary' }),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
    fc.array(tie('node'), { maxLength: 20 }),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('node'), { maxKeys: 20, noNullPrototype: true }),
  ),
})).node;

/** Values that would not come back equal. */
const foreignValue = fc.oneof(
  fc.constantFrom(undefined, Number.NaN, Number.POSITIVE_INFINITY, 2n ** 64n, int64Min - 1n),
  fc.constantFrom(Symbol('s'), () => 1, 'half \ud800', '\udcc3\udca9'),
  fc.constantFrom(new Map(), new Set(), /x/, new Error('e'), Object(1), new Date(Number.NaN), new URL('a:b')),
  fc.constantFrom(new ArrayBuffer(8), new Float64Array(4), new Uint16Array(2), new Uint8ClampedArray(2)),
  fc.constantFrom(new DataView(new ArrayBuffer(8)), Promise.resolve(), new Proxy([], { get: raise })),
);

describe('a payload of any type', () => {
  test('comes back as it was packed, and two readings of the same bytes are equal', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        const packed = anything.pack(value);
        expect(anything.unpack(packed)).toStrictEqual(value);
        expect(anything.pack(anything.unpack(packed))).toEqual(packed);
        expect(packed.buffer.byteLength).toBe(packed.length);
      }),
    );
  });

  test('is packed equal or refused with its path, wherever in the value the fault is', () => {
    fc.assert(
      fc.property(plainValue, foreignValue, fc.array(fc.oneof(fc.nat(3), fc.string())), (good, bad, path) => {
        let value: unknown = bad;
        for (const step of path.slice(0, 20).toReversed()) {
          if (typeof step === 'number') value = [...Array.from({ length: step }, () => good), value];
          else
            value = Object.fromEntries([
              ['0', good],
              [step, value],
            ]);
        }
        const error = failure(() => anything.pack(value));
        const isLeftOut = bad === undefined && typeof path.at(-1) === 'string';
        if (error === undefined) expect(isLeftOut).toBe(true);
        else
          expect(error).toMatchObject({ code: 'GOSSIP_PAYLOAD', message: expect.stringMatching(/^payload/) });
      }),
    );
  });

  test.each<readonly [string, unknown]>([
    ['payload is a Float64Array', new Float64Array(40)],
    ['payload.user.roles[2] is a Float64Array', { user: { roles: ['a', 'b', new Float64Array(1)] } }],
    ['payload is undefined', undefined],
    ['payload[1] is undefined', [1, undefined]],
    ['payload[1] is missing', Object.assign([1], { length: 3 })],
    ['payload[0] is missing', new Array(4_000_000_000)],
    ['payload.index is a field of a list', 'text'.match(/x/)],
    ['payload is a function', () => 1],
    ['payload.toJSON is a function', { toJSON: () => 1 }],
    ['payload["a b"] is a symbol', { 'a b': Symbol('s') }],
    ['payload has a key that is a symbol', { [Symbol('s')]: 1 }],
    ['payload is an Error', new Error('e')],
    ['payload is a RegExp', /x/],
    ['payload.m is a Map', { m: new Map() }],
    ['payload is a Number', Object(1)],
    ['payload is a Point', new (class Point {})()],
    ['payload is a Roles', new (class Roles extends Array {})()],
    ['payload is a Moment', new (class Moment extends Date {})()],
    ['payload is an invalid Date', new Date(Number.NaN)],
    ['payload is NaN', Number.NaN],
    ['payload.x is -Infinity', { x: Number.NEGATIVE_INFINITY }],
    ['payload is a bigint beyond 64 bits', 2n ** 64n],
    ['payload has half of a surrogate pair', 'a\ud800'],
    ['payload has a key with half of a surrogate pair', { '\ud800': 1 }],
    [
      'payload.secret is a getter or setter',
      Object.defineProperty({}, 'secret', { get: raise, enumerable: true }),
    ],
    ['payload cannot be read', new Proxy({}, { ownKeys: raise })],
    ['payload is no plain object', new Proxy({}, { getPrototypeOf: () => new Proxy({}, { get: raise }) })],
    ['payload.a[0] leads back to payload', cyclic()],
    ['payload is detached', detached()],
  ])('%s: refused with a TypeError that has a code', (message, value) => {
    const error = failure(() => anything.pack(value));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: 'GOSSIP_PAYLOAD', message });
  });

  test('may be 32 levels deep and no deeper, and is read as deep as it is written', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 'core' : [nested(levels - 1)]);
    expect(anything.unpack(anything.pack(nested(32)))).toEqual(nested(32));
    expect(failure(() => anything.pack(nested(33)))).toMatchObject({
      message: `payload${'[0]'.repeat(33)} is more than 32 levels deep`,
    });
  });

  test('of shared parts that would grow without a bound ends at a mebibyte', () => {
    let value: unknown = 'x';
    for (let i = 0; i < 30; i += 1) value = [value, value];
    expect(failure(() => anything.pack(value))).toMatchObject({
      code: 'GOSSIP_PAYLOAD',
      message: expect.stringContaining('ends beyond 1048576 bytes'),
    });
  });

  test('holds exactly the bytes of a view, of shared memory too, and fields without a value are left out', () => {
    const pool = Buffer.from('secret answer secret');
    const shared = new Uint8Array(new SharedArrayBuffer(4), 1, 2).fill(7);
    const value = { view: pool.subarray(7, 13), shared, nothing: undefined };
    const back = anything.unpack(anything.pack(value)) as typeof value;
    expect(Object.keys(back)).toEqual(['view', 'shared']);
    expect([Buffer.from(back.view).toString(), [...back.shared]]).toEqual(['answer', [7, 7]]);
    expect(Buffer.from(anything.pack(value)).includes('secret')).toBe(false);
  });

  test('keeps fields named __proto__ and constructor as fields, and takes objects without a prototype', () => {
    const value = JSON.parse('{"__proto__": {"admin": true}, "constructor": 1}');
    const back = anything.unpack(anything.pack(value));
    expect(Object.entries(back as object)).toEqual(Object.entries(value));
    expect((back as { admin?: boolean }).admin).toBeUndefined();
    expect(anything.unpack(anything.pack(Object.assign(Object.create(null), { a: 1 })))).toEqual({ a: 1 });
  });

  test('shows no byte of others, whatever the process has freed before', () => {
    for (let i = 0; i < 200; i += 1) Buffer.allocUnsafe(64).fill('SECRET');
    const packed = anything.pack({ a: [1, 2, 3], b: 'x' });
    expect(Buffer.from(packed.buffer).includes('SECRET')).toBe(false);
  });

  test('is refused by its guard on both sides, and when bytes follow or are missing', () => {
    const packed = numbers.pack([1, 2, 300]);
    expect(numbers.unpack(packed)).toEqual([1, 2, 300]);
    expect(failure(() => numbers.pack('text' as never))).toMatchObject({
      name: 'GossipTypeError',
      code: 'GOSSIP_PAYLOAD',
    });
    const refused = expect.objectContaining({ name: 'GossipError', code: 'GOSSIP_PAYLOAD' });
    const attempts = [anything.pack('text'), packed.subarray(1, 3), packed.subarray(0, 2), new Uint8Array(0)];
    for (const bytes of attempts) expect(() => numbers.unpack(bytes)).toThrow(refused);
    expect(() => anything.unpack(new Uint8Array(4000).fill(0x91))).toThrow(refused);
    expect(() => anything.unpack(Uint8Array.of(0xd4, 0x72, 0x40))).toThrow(refused);
    expect(() => anything.unpack('text' as never)).toThrow(TypeError);
  });

  test('that is any bytes at all fails by its code or is a value that packs again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const error = failure(() => anything.unpack(bytes));
        if (error !== undefined) expect(error).toMatchObject({ code: 'GOSSIP_PAYLOAD' });
      }),
    );
  });

  test.each<readonly [string, string, unknown]>([
    ['a Python int of 64 bits', 'cf00000001a13b8600', 7_000_000_000],
    ['a Java long of 64 bits', 'd3000000000000002a', 42],
    ['the largest u64', 'cfffffffffffffffff', uint64Max],
    ['the smallest i64', 'd38000000000000000', int64Min],
    ['a timestamp of 4 bytes', 'd6ff00000001', new Date(1000)],
    ['a timestamp with nanoseconds', 'd7ff000f424000000001', new Date(1000)],
    ['a timestamp before 1970', 'c70cff00000000ffffffffffffffff', new Date(-1000)],
    ["msgpackr's bigint of 1 byte", 'd442fe', -2n],
  ])('reads %s', (_, hex, value) => {
    expect(anything.unpack(Buffer.from(hex, 'hex'))).toStrictEqual(value);
  });

  test('is refused when its time is no time', () => {
    for (const hex of [
      'd7ffffffffff00000000',
      'c70cff000000007fffffffffffffff',
      'c70cff0000000000001fffffffffff',
    ]) {
      const error = failure(() => anything.unpack(Buffer.from(hex, 'hex')));
      expect(error).toMatchObject({ code: 'GOSSIP_PAYLOAD' });
    }
  });
});

describe('a validator', () => {
  test('of Standard Schema is asked on both sides, and receivers get what it makes of the value', () => {
    const payload = definePayload(trimmed);
    expectTypeOf(payload.pack).parameters.toEqualTypeOf<[string | number]>();
    expectTypeOf(payload.unpack).returns.toEqualTypeOf<{ readonly text: string }>();
    expect(payload.unpack(payload.pack(' a '))).toEqual({ text: 'a' });
    expect(anything.unpack(payload.pack(' a '))).toBe(' a ');
    const asFunction = definePayload(Object.assign(() => false, trimmed));
    expect(asFunction.unpack(asFunction.pack('b'))).toEqual({ text: 'b' });
  });

  test('of Standard Schema that finds issues names every one with its path', () => {
    const payload = definePayload(trimmed);
    const problems = ['payload.user.roles[2]["a b"]: too short', 'payload: and wrong'];
    const message = problems.join('; ');
    expect(failure(() => payload.pack(1))).toMatchObject({
      ...{ name: 'GossipTypeError', code: 'GOSSIP_PAYLOAD', problems },
      message: `the value is refused: ${message}`,
    });
    expect(failure(() => payload.unpack(anything.pack(1)))).toMatchObject({
      ...{ name: 'GossipError', code: 'GOSSIP_PAYLOAD', problems },
      message: `the payload is refused: ${message}`,
    });
  });

  test.each<readonly [string, unknown]>([
    ['a guard that returns a promise', async () => true],
    ['a guard whose promise is rejected', () => Promise.reject(new Error('later'))],
    ['a schema that returns a promise', schema(async (value) => ({ value }))],
  ])('that is %s refuses everything and says that it is asynchronous', async (_, validator) => {
    const payload = definePayload(validator as StandardSchema);
    const refused = { code: 'GOSSIP_PAYLOAD', message: expect.stringContaining('is asynchronous') };
    expect(failure(() => payload.pack(1))).toMatchObject(refused);
    expect(failure(() => payload.unpack(anything.pack(1)))).toMatchObject(refused);
    await new Promise((resolve) => setImmediate(resolve));
  });

  test('that throws refuses the value, and its error is the cause', () => {
    const careless = definePayload((value): value is object => (value as { a: { b: 1 } }).a.b === 1);
    const error = failure(() => careless.unpack(anything.pack({})));
    expect(error).toMatchObject({ code: 'GOSSIP_PAYLOAD', cause: expect.any(TypeError) });
    const broken = definePayload(schema(() => undefined as never));
    expect(failure(() => broken.pack(1))).toMatchObject({ code: 'GOSSIP_PAYLOAD', cause: expect.anything() });
  });

  test.each([undefined, null, 'guard', {}, { '~standard': {} }])('%j is none', (validator) => {
    const error = failure(() => definePayload(validator as never));
    expect(error).toMatchObject({ name: 'GossipTypeError', code: 'GOSSIP_ARGUMENT' });
  });
});

/** Takes text, and makes an object of it. */
const trimmed: StandardSchema<string | number, { readonly text: string }> = schema((value) => {
  if (typeof value === 'string') return { value: { text: value.trim() } };
  const path = ['user', { key: 'roles' }, 2, 'a b'];
  return { issues: [{ message: 'too short', path }, { message: 'and wrong' }] };
});

function schema<In, Out>(
  validate: StandardSchema<In, Out>['~standard']['validate'],
): StandardSchema<In, Out> {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

function failure(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

function raise(): never {
  throw new Error('no look for you');
}

function cyclic(): object {
  const value: { a: unknown[] } = { a: [] };
  value.a.push(value);
  return value;
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}
