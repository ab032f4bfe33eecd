import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WireError } from '../wire-error.ts';
import { type Coordinate, decodeCoordinate, encodeCoordinate } from './coordinate-codec.ts';

const fresh: Coordinate = { vec: [0, 0, 0, 0, 0, 0, 0, 0], error: 1.5, height: 1e-5, adjustment: 0 };

const freshHex = [
  '0184',
  `aa${Buffer.from('Adjustment').toString('hex')}`,
  'cb0000000000000000',
  `a5${Buffer.from('Error').toString('hex')}`,
  'cb3ff8000000000000',
  `a6${Buffer.from('Height').toString('hex')}`,
  'cb3ee4f8b588e368f1',
  `a3${Buffer.from('Vec').toString('hex')}`,
  '98',
  'cb0000000000000000'.repeat(8),
].join('');

test('a fresh coordinate is written as a serf agent writes it, whole numbers as floats too', () => {
  expect(Buffer.from(encodeCoordinate(fresh)).toString('hex')).toBe(freshHex);
});

test('decoding undoes encoding', () => {
  const number = fc.double({ noNaN: true });
  const coordinate = fc.record({
    vec: fc.array(number, { maxLength: 40 }),
    error: number,
    height: number,
    adjustment: number,
  });
  fc.assert(
    fc.property(coordinate, (value) => {
      expect(decodeCoordinate(encodeCoordinate(value))).toEqual(value);
    }),
  );
});

test('an empty payload and one of another version have no coordinate', () => {
  expect(decodeCoordinate(new Uint8Array(0))).toBeUndefined();
  expect(decodeCoordinate(Uint8Array.of(2, 0x80))).toBeUndefined();
});

test('unknown keys are skipped, and integers are read as floats', () => {
  const payload = Buffer.concat([
    Buffer.of(1, 0x83, 0xa5),
    Buffer.from('Later'),
    Buffer.of(0x91, 0xc0, 0xa5),
    Buffer.from('Error'),
    Buffer.of(0x01, 0xa3),
    Buffer.from('Vec'),
    Buffer.of(0xc0),
  ]);
  expect(decodeCoordinate(payload)).toEqual({ vec: [], error: 1, height: 0, adjustment: 0 });
});

test('any other bytes throw a WireError and no other error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeCoordinate(Uint8Array.of(1, ...bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }),
  );
});
