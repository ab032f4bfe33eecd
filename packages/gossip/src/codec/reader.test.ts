import { expect, test } from 'vitest';
import { Reader } from './reader.ts';

const bytes = (hex: string) => Buffer.from(hex, 'hex');

test('reads big-endian integers of every width', () => {
  const reader = new Reader(bytes('01 0203 04050607 0000000100000002 fffffffffffffffe'.replaceAll(' ', '')));
  expect(reader.u8()).toBe(1);
  expect(reader.u16()).toBe(0x0203);
  expect(reader.u32()).toBe(0x04050607);
  expect(reader.u64()).toBe(0x1_0000_0002);
  expect(reader.i64()).toBe(-2);
  expect(reader.remaining).toBe(0);
});

test('refuses 64-bit integers beyond 2^53 and keeps its position', () => {
  const largest = new Reader(bytes('001fffffffffffff'));
  expect(largest.u64()).toBe(Number.MAX_SAFE_INTEGER);
  const reader = new Reader(bytes('0020000000000000'));
  expect(() => reader.u64()).toThrow(expect.objectContaining({ code: 'WIRE_LIMIT' }));
  expect(reader.offset).toBe(0);
  expect(() => new Reader(bytes('8000000000000000')).i64()).toThrow(
    expect.objectContaining({ code: 'WIRE_LIMIT' }),
  );
});

test('refuses every read past the end and keeps its position', () => {
  const reads: readonly ((reader: Reader) => unknown)[] = [
    (reader) => reader.u16(),
    (reader) => reader.u32(),
    (reader) => reader.u64(),
    (reader) => reader.f32(),
    (reader) => reader.f64(),
    (reader) => reader.bytes(2),
    (reader) => reader.copy(2),
    (reader) => reader.text(2),
    (reader) => reader.part(2),
    (reader) => reader.skip(2),
    (reader) => reader.lookAhead(2),
  ];
  for (const read of reads) {
    const reader = new Reader(bytes('ff'));
    expect(() => read(reader)).toThrow(expect.objectContaining({ code: 'WIRE_TRUNCATED' }));
    expect(reader.offset).toBe(0);
  }
});

test('views share memory with the source, copies do not', () => {
  const source = bytes('01020304');
  const view = new Reader(source).bytes(2);
  const copy = new Reader(source).copy(2);
  source.fill(0xff);
  expect([...view]).toEqual([0xff, 0xff]);
  expect([...copy]).toEqual([1, 2]);
});

test('a part ends at its own length, although the source is longer', () => {
  const reader = new Reader(bytes('01020304'), 1, 3);
  const part = reader.part(1);
  expect(part.u8()).toBe(2);
  expect(() => part.u8()).toThrow(expect.objectContaining({ code: 'WIRE_TRUNCATED' }));
  expect([...reader.rest()]).toEqual([3]);
});
