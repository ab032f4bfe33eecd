import { expect, test } from 'vitest';
import {
  readBytes,
  readBytesCopy,
  readFloat,
  readInt,
  readText,
  readUint,
  u8Max,
  u16Max,
} from './msgpack-read.ts';
import { skipValue, ValueScanner } from './msgpack-skip.ts';
import { Reader } from './reader.ts';
import { StructShape } from './struct.ts';

const shape = new StructShape(['SeqNo', 'Node', 'Payload']);

interface Fields {
  seq: number;
  node: string;
  payload: string;
}

function read(hex: string): Fields {
  const reader = new Reader(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  const fields: Fields = { seq: 0, node: '', payload: '' };
  const struct = shape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'SeqNo') fields.seq = readUint(reader, u16Max);
    else if (name === 'Node') fields.node = readText(reader);
    else fields.payload = Buffer.from(readBytes(reader)).toString('hex');
  }
  return fields;
}

const node = 'a4 4e6f6465';
const seqNo = 'a5 5365714e6f';
const payload = 'a7 5061796c6f6164';
const empty: Fields = { seq: 0, node: '', payload: '' };

test('reads fields in any order and leaves missing ones at zero', () => {
  expect(read(`83 ${node} a162 ${payload} a2ff00 ${seqNo} 07`)).toEqual({
    seq: 7,
    node: 'b',
    payload: 'ff00',
  });
  expect(read(`82 ${seqNo} 07 ${node} a162`)).toEqual({ ...empty, seq: 7, node: 'b' });
  expect(read('80')).toEqual(empty);
  expect(read('c0')).toEqual(empty);
});

test('reads maps with wide headers, and keys in every form of text and bytes', () => {
  expect(read(`de0001 ${seqNo} 07`).seq).toBe(7);
  expect(read('df00000001 d905 5365714e6f 07').seq).toBe(7);
  expect(read('81 da0005 5365714e6f 07').seq).toBe(7);
  expect(read('81 c405 5365714e6f 07').seq).toBe(7);
});

test('skips unknown keys, and keys in the wrong case, with their values', () => {
  expect(read(`82 a161 82a178 93010203 a179 81a17a c0 ${seqNo} 07`).seq).toBe(7);
  expect(read(`82 a5 7365716e6f 09 ${seqNo} 07`).seq).toBe(7);
});

test('the last of equal keys wins', () => {
  expect(read(`82 ${seqNo} 07 ${seqNo} 08`).seq).toBe(8);
});

test('a list has the fields in declared order, and surplus items are skipped', () => {
  expect(read('93 07 a162 a1ff')).toEqual({ seq: 7, node: 'b', payload: 'ff' });
  expect(read('91 07')).toEqual({ ...empty, seq: 7 });
  expect(read('dc0004 07 a162 c0 81a16101')).toEqual({ ...empty, seq: 7, node: 'b' });
});

test('nil is the zero value of any field', () => {
  expect(read(`83 ${node} c0 ${payload} c0 ${seqNo} c0`)).toEqual(empty);
});

test.each([
  ['07', 7],
  ['cc07', 7],
  ['cd0007', 7],
  ['ce00000007', 7],
  ['cf0000000000000007', 7],
  ['d007', 7],
  ['d10007', 7],
  ['d200000007', 7],
  ['d30000000000000007', 7],
])('an integer may be written as %s', (hex, wanted) => {
  expect(read(`81 ${seqNo} ${hex}`).seq).toBe(wanted);
});

test.each([
  ['a float', 'cb401c000000000000', 'WIRE_MALFORMED'],
  ['a short float', 'ca40e00000', 'WIRE_MALFORMED'],
  ['text', 'a137', 'WIRE_MALFORMED'],
  ['a negative number', 'ff', 'WIRE_LIMIT'],
  ['a number out of range', 'ce00010000', 'WIRE_LIMIT'],
  ['a number beyond 2^53', 'cfffffffffffffffff', 'WIRE_LIMIT'],
  ['nothing at all', '', 'WIRE_TRUNCATED'],
])('an integer field refuses %s', (_what, hex, code) => {
  expect(() => read(`81 ${seqNo} ${hex}`)).toThrow(expect.objectContaining({ code }));
});

test.each([
  'a2 6869',
  'd902 6869',
  'da0002 6869',
  'db00000002 6869',
  'c402 6869',
  'c50002 6869',
  'c600000002 6869',
  '92 68 69',
  'dc0002 cc68 d069',
])('bytes may be written as %s', (hex) => {
  expect(read(`81 ${payload} ${hex}`).payload).toBe('6869');
});

test('text may be written as bytes, but not as a list of numbers', () => {
  expect(read(`81 ${node} c402 6869`).node).toBe('hi');
  expect(() => read(`81 ${node} 92 68 69`)).toThrow(expect.objectContaining({ code: 'WIRE_MALFORMED' }));
});

test.each([
  ['a list of 2^32 - 1 bytes', `81 ${payload} ddffffffff`],
  ['a text of 4 GiB', `81 ${node} dbffffffff`],
  ['a map of 2^32 - 1 fields', 'dfffffffff'],
  ['an unknown list of 2^32 - 1 values', '81 a161 ddffffffff 00'],
])('%s is refused before anything is allocated', (_what, hex) => {
  expect(() => read(hex)).toThrow(expect.objectContaining({ code: 'WIRE_TRUNCATED' }));
});

test('extension types, and keys that are not text, are refused', () => {
  expect(() => read('81 a161 d40100')).toThrow(expect.objectContaining({ code: 'WIRE_MALFORMED' }));
  expect(() => read('81 a161 c1')).toThrow(expect.objectContaining({ code: 'WIRE_MALFORMED' }));
  expect(() => read('81 07 07')).toThrow(expect.objectContaining({ code: 'WIRE_MALFORMED' }));
});

test('a value nested a million deep is skipped without recursion', () => {
  const deep = Buffer.concat([Buffer.alloc(1_000_000, 0x91), Buffer.of(0xc0, 0x2a)]);
  const reader = new Reader(deep);
  skipValue(reader);
  expect(reader.u8()).toBe(0x2a);
});

test('the scanner finds the end of a value that arrives byte by byte', () => {
  const value = Buffer.from('83a16101a162da0003616263a16392c0cb3ff8000000000000', 'hex');
  const scanner = new ValueScanner();
  let offset = 0;
  for (let end = 1; end <= value.length; end += 1) {
    const reader = new Reader(value, offset, end);
    const isComplete = scanner.scan(reader);
    offset = reader.offset;
    expect(isComplete).toBe(end === value.length);
  }
  expect(offset).toBe(value.length);
});

test('floats may be written as integers, and a byte list has bytes only', () => {
  expect(readFloat(new Reader(Buffer.from('07', 'hex')))).toBe(7);
  expect(readFloat(new Reader(Buffer.from('ca3fc00000', 'hex')))).toBe(1.5);
  expect(readInt(new Reader(Buffer.from('d1ff38', 'hex')))).toBe(-200);
  expect([...readBytesCopy(new Reader(Buffer.from('9201ccff', 'hex')))]).toEqual([1, 255]);
  expect(() => readBytesCopy(new Reader(Buffer.from('91cd0100', 'hex')))).toThrow(
    expect.objectContaining({ code: 'WIRE_LIMIT' }),
  );
  expect(readUint(new Reader(Buffer.from('ccff', 'hex')), u8Max)).toBe(255);
});
