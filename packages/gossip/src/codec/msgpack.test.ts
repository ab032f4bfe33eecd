import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeMsgpack, Float } from './msgpack.ts';
import { readBool, readBytes, readFloat, readInt, readText, skipNil } from './msgpack-read.ts';
import { skipValue } from './msgpack-skip.ts';
import {
  writeArrayHeader,
  writeBool,
  writeFloat,
  writeInt,
  writeMapHeader,
  writeNil,
  writeRaw,
  writeRawText,
} from './msgpack-tokens.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

const hex = (value: unknown, family: 'raw' | 'spec' = 'raw') =>
  Buffer.from(encodeMsgpack(value, { family })).toString('hex');

test('text and bytes of any length are written in the old raw family', () => {
  expect(hex('b')).toBe('a162');
  expect(hex('x'.repeat(31))).toBe(`bf${'78'.repeat(31)}`);
  expect(hex('x'.repeat(32))).toBe(`da0020${'78'.repeat(32)}`);
  expect(hex(Buffer.alloc(255, 1))).toBe(`da00ff${'01'.repeat(255)}`);
  expect(hex(Uint8Array.of(1, 2))).toBe('a20102');
  expect(hex(new Uint8Array(0))).toBe('a0');
  expect(hex(Buffer.alloc(70_000, 1)).slice(0, 10)).toBe('db00011170');
  expect(hex('é'.repeat(20))).toBe(`da0028${'c3a9'.repeat(20)}`);
});

test('the new family has str8 and bin', () => {
  expect(hex('x'.repeat(32), 'spec')).toBe(`d920${'78'.repeat(32)}`);
  expect(hex(Uint8Array.of(1, 2), 'spec')).toBe('c4020102');
  expect(hex(Buffer.alloc(300, 1), 'spec').slice(0, 6)).toBe('c5012c');
  expect(hex(Buffer.alloc(70_000, 1), 'spec').slice(0, 10)).toBe('c600011170');
  expect(hex('x'.repeat(300), 'spec').slice(0, 6)).toBe('da012c');
});

test.each([
  [0, '00'],
  [127, '7f'],
  [128, 'cc80'],
  [256, 'cd0100'],
  [65_536, 'ce00010000'],
  [2 ** 32, 'cf0000000100000000'],
  [Number.MAX_SAFE_INTEGER, 'cf001fffffffffffff'],
  [5n, '05'],
  [2n ** 63n, 'cf8000000000000000'],
  [2n ** 64n - 1n, 'cfffffffffffffffff'],
  [-1, 'ff'],
  [-33, 'd0df'],
  [-200, 'd1ff38'],
  [-40_000, 'd2ffff63c0'],
  [-(2 ** 40), 'd3ffffff0000000000'],
  [-(2n ** 63n), 'd38000000000000000'],
])('the whole number %s is written as %s', (value, wanted) => {
  expect(hex(value)).toBe(wanted);
});

test('a float has 64 bits, and so has a whole number that is marked as a float', () => {
  expect(hex(1.5)).toBe('cb3ff8000000000000');
  expect(hex(new Float(0))).toBe('cb0000000000000000');
  expect(hex({ Vec: [new Float(1), 0.5], Count: 1 })).toBe(
    '82a356656392cb3ff0000000000000cb3fe0000000000000a5436f756e7401',
  );
  expect(hex(Number.POSITIVE_INFINITY)).toBe('cb7ff0000000000000');
  expect(hex(new Float(3), 'spec')).toBe('cb4008000000000000');
});

test('nil, booleans, lists and maps are written as Go does', () => {
  expect(hex({ A: null, B: undefined, C: true, D: [] })).toBe('84a141c0a142c0a143c3a14490');
  expect(hex(new Map([['__proto__', 1]]))).toBe('81a95f5f70726f746f5f5f01');
  expect(hex(Array.from({ length: 20 }, () => null)).slice(0, 8)).toBe('dc0014c0');
  expect(Buffer.from(encodeMsgpack({}, { prefix: [4, 5] })).toString('hex')).toBe('040580');
});

test('a value that needs an extension type is refused', () => {
  expect(() => encodeMsgpack({ at: new Date(0) })).toThrow(TypeError);
});

/** Writes with our token writers the values that `encodeMsgpack` writes with msgpackr. */
function writeValue(writer: Writer, value: unknown): void {
  if (value === null) writeNil(writer);
  else if (typeof value === 'boolean') writeBool(writer, value);
  else if (typeof value === 'number') writeInt(writer, value);
  else if (typeof value === 'string') writeRawText(writer, value);
  else if (value instanceof Float) writeFloat(writer, value.value);
  else if (value instanceof Uint8Array) writeRaw(writer, value);
  else if (Array.isArray(value)) {
    writeArrayHeader(writer, value.length);
    for (const item of value) writeValue(writer, item);
  } else if (value instanceof Map) {
    writeMapHeader(writer, value.size);
    for (const [name, item] of value) {
      writeRawText(writer, String(name));
      writeValue(writer, item);
    }
  }
}

const anyValue = fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.integer({ min: -300, max: 300 }),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.double().map((number) => new Float(number)),
  ),
  value: fc.oneof(
    { maxDepth: 3 },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 18 }),
    fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 18 }).map((pairs) => new Map(pairs)),
  ),
})).value;

test('writing token by token gives the bytes of msgpackr and its rewriting', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const writer = new Writer();
      writeValue(writer, value);
      const bytes = writer.finish();
      expect(Buffer.from(encodeMsgpack(value)).equals(bytes)).toBe(true);
      const reader = new Reader(bytes);
      skipValue(reader);
      expect(reader.remaining).toBe(0);
    }),
  );
});

test('scalars are read as they were written', () => {
  fc.assert(
    fc.property(
      fc.maxSafeInteger(),
      fc.double(),
      fc.string({ unit: 'binary' }),
      fc.uint8Array(),
      fc.boolean(),
      (...row) => {
        const [integer, float, text, bytes, truth] = row;
        for (const family of ['raw', 'spec'] as const) {
          const reader = new Reader(
            encodeMsgpack([integer, new Float(float), text, bytes, truth, null], { family }),
          );
          reader.skip(1);
          expect(readInt(reader)).toBe(integer);
          expect(readFloat(reader)).toBe(float);
          expect(readText(reader)).toBe(text);
          expect(Uint8Array.from(readBytes(reader))).toEqual(bytes);
          expect(readBool(reader)).toBe(truth);
          expect(skipNil(reader)).toBe(true);
        }
      },
    ),
  );
});

test.each<readonly [string, unknown]>([
  ['a Float64Array', new Float64Array(40)],
  ['a Uint16Array', { key: [new Uint16Array(2)] }],
  ['an ArrayBuffer', new ArrayBuffer(8)],
  ['a Set', new Set()],
  ['an Error', new Map([['e', new Error('e')]])],
  ['a function', [() => 1]],
  ['a bigint beyond 64 bits', { big: 2n ** 64n }],
])(
  '%s is refused: it would be written with memory that is not its own, or as something else',
  (kind, value) => {
    expect(() => encodeMsgpack(value)).toThrow(new RegExp(`^${kind} cannot be written as MessagePack`));
  },
);
