import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

test('written values are read back, however often the buffer grew', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.maxSafeInteger(),
          fc.double(),
          fc.uint8Array({ maxLength: 80 }),
          fc.string({ unit: 'binary' }),
        ),
        {
          maxLength: 10,
        },
      ),
      (rows) => {
        const writer = new Writer(1);
        for (const [integer, float, blob, text] of rows) {
          writer.u64(integer);
          writer.f64(float);
          writer.u16(blob.length);
          writer.bytes(blob);
          writer.u32(Buffer.byteLength(text));
          writer.text(text);
        }
        const reader = new Reader(writer.finish());
        for (const [integer, float, blob, text] of rows) {
          expect(reader.i64()).toBe(integer);
          expect(reader.f64()).toBe(float);
          expect(reader.copy(reader.u16())).toEqual(blob);
          expect(reader.text(reader.u32())).toBe(text);
        }
        expect(reader.remaining).toBe(0);
      },
    ),
  );
});

test('refused text beyond ASCII leaves no bytes in the buffer', () => {
  const writer = new Writer(4);
  expect(writer.ascii('abcé')).toBe(false);
  expect(writer.length).toBe(0);
});
