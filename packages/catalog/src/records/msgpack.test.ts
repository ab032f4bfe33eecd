import { Reader, Writer } from '@hobnob/gossip/codec';
import { expect, test } from 'vitest';
import { NodeRecord } from './index.ts';
import { msgpackOf } from './msgpack.ts';
import { durationNs, float, index, int, json, listOf, record, type Shape, text, u64 } from './shape.ts';

test('a field is -0 when all others are zero, too', () => {
  const codec = msgpackOf(record('Floats', { A: float, B: float }));
  expect(codec.decode(codec.encode({ A: 0, B: -0 }))).toEqual({ A: 0, B: -0 });
});

test('the last of equal keys counts, also when it is zero', () => {
  const codec = msgpackOf(record('Twice', { A: int, B: int }));
  const decoded = (hex: string) => codec.decode(Buffer.from(hex, 'hex'));
  expect(decoded('83a14100a14105a14102')).toEqual({ A: 2, B: 0 });
  expect(decoded('83a14105a14201a14100')).toEqual({ A: 0, B: 1 });
});

test('integers of 64 bits are exact', () => {
  const Wide = record('Wide', { U: u64, D: durationNs, I: int });
  const codec = msgpackOf(Wide);
  for (const value of [
    { U: 2n ** 64n - 1n, D: -(2n ** 63n), I: -1 },
    { U: 16_210_313_421_097_356_768n, D: 2n ** 63n - 1n, I: Number.MAX_SAFE_INTEGER },
    { U: 0n, D: 15_000_000_000n, I: 300 },
  ]) {
    expect(codec.decode(codec.encode(value))).toEqual(value);
  }
  expect(Buffer.from(codec.encode({ U: 2n ** 63n, D: 1n, I: 0 })).toString('hex')).toBe(
    '83a14401a14900a155cf8000000000000000',
  );
});

test.each([
  ['an unsigned integer below zero', u64, 'ff', 'WIRE_LIMIT'],
  ['a signed integer beyond 2^63', int, 'cf8000000000000000', 'WIRE_LIMIT'],
  ['a float for an integer', int, 'cb3ff0000000000000', 'WIRE_MALFORMED'],
  ['a list that announces too much', listOf(text), 'ddffffffff', 'WIRE_TRUNCATED'],
  ['lists without end', json, '91'.repeat(2_000), 'WIRE_LIMIT'],
] as const)('%s is refused', (_what, shape, hex, code) => {
  expect(() => msgpackOf<Shape>(shape).decode(Buffer.from(hex, 'hex'))).toThrow(
    expect.objectContaining({ code }),
  );
});

test('nil, missing and unknown fields are as Go reads them, and values follow one another', () => {
  const codec = msgpackOf(NodeRecord);
  const writer = new Writer();
  codec.write(writer, codec.decode(Buffer.from('c0', 'hex')));
  writer.bytes(Buffer.from('83a44e6f6465a16ea3466f6f91c0a7436f6e73756c6101', 'hex'));
  const reader = new Reader(writer.finish());
  expect(codec.read(reader).Node).toBe('');
  expect(codec.read(reader)).toMatchObject({ Node: 'n', Meta: null, ModifyIndex: 0 });
  expect(reader.remaining).toBe(0);
});

test('an index that no log has is the largest safe one, written and read', () => {
  const codec = msgpackOf(index);
  const largest = Number.MAX_SAFE_INTEGER;
  for (const hex of ['cf0020000000000000', 'cfffffffffffffffff']) {
    expect(codec.decode(Buffer.from(hex, 'hex'))).toBe(largest);
  }
  for (const value of [largest, 2 ** 53, 2 ** 64]) expect(codec.decode(codec.encode(value))).toBe(largest);
});
