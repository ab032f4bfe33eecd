import { encodeMsgpack, Reader, Writer } from '@hobnob/gossip/codec';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { create, DirEntry } from '../records/index.ts';
import { keyFromBytes } from '../records/key-text.ts';
import { readEntry } from './read-entry.ts';
import { entries } from './state-records.ts';

const index = fc.oneof(fc.nat({ max: 200 }), fc.maxSafeNat());
const anyEntry: fc.Arbitrary<DirEntry> = fc
  .record({
    // Bytes that are no UTF-8 too, and the text that stands for some that are none.
    Key: fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map(keyFromBytes),
      fc.string({ unit: 'binary' }),
      fc.constant('\ufffd'),
    ),
    Flags: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    Value: fc.option(fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes))),
    Session: fc.oneof(fc.constant(''), fc.uuid()),
    ExpiresAt: fc.oneof(fc.constant(''), fc.constant('2026-01-01T00:00:00.000Z')),
    LockIndex: index,
    CreateIndex: index,
    ModifyIndex: index,
  })
  .map((fields) => create(DirEntry, fields));

function bytesOf(entry: DirEntry): Uint8Array {
  const writer = new Writer();
  writer.bytes(Uint8Array.of(1, 2, 3));
  entries.write(writer, entry);
  writer.u8(7);
  return writer.finish();
}

test('an entry is read as its description says, and the reader stands behind it', () => {
  fc.assert(
    fc.property(anyEntry, (entry) => {
      const bytes = bytesOf(entry);
      const reader = new Reader(bytes, 3);
      const described = entries.read(new Reader(bytes, 3));
      const found = readEntry(reader, bytes);
      expect({ ...found, Value: found.Value && [...found.Value] }).toEqual({
        ...described,
        Value: described.Value && [...described.Value],
      });
      expect(reader.u8()).toBe(7);
    }),
  );
});

test('an entry that breaks off anywhere is one that is not whole', () => {
  const bytes = bytesOf(create(DirEntry, { Key: 'key', Value: Buffer.from('value'), CreateIndex: 300 }));
  for (let end = 3; end < bytes.length - 1; end += 1) {
    const reader = new Reader(bytes, 3, end);
    expect(() => readEntry(reader, bytes.subarray(0, end))).toThrow(
      expect.objectContaining({ code: 'WIRE_TRUNCATED' }),
    );
  }
});

test('fields may be missing, unknown, or in another order', () => {
  for (const fields of [
    { Key: 'k', Value: Buffer.from('v') },
    { CreateIndex: 3, Key: 'k', Flags: 1, More: [1, { a: 2 }], Value: Buffer.from('v'), X: 1, Y: 2 },
    {
      Value: Buffer.from('v'),
      Session: '',
      ModifyIndex: 4,
      LockIndex: 1,
      Key: 'k',
      Flags: 2,
      CreateIndex: 3,
    },
  ]) {
    const bytes = encodeMsgpack(fields);
    const { Key, Value, CreateIndex } = readEntry(new Reader(bytes), bytes);
    expect([Key, Value?.toString(), CreateIndex]).toEqual(['k', 'v', fields.CreateIndex ?? 0]);
  }
});

test('a value does not keep the bytes around it', () => {
  const bytes = bytesOf(create(DirEntry, { Key: 'k', Value: Buffer.from('value') }));
  const { Value } = readEntry(new Reader(bytes, 3), bytes);
  bytes.fill(0);
  expect(Buffer.from(Value ?? []).toString()).toBe('value');
});
