import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { definePayload } from './payload.ts';

const anything = definePayload((value): value is unknown => value !== undefined);
const numbers = definePayload((value): value is readonly number[] => Array.isArray(value));

describe('a payload of any type', () => {
  test('comes back as it was packed', () => {
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.maxSafeInteger(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array().map((bytes) => Uint8Array.from(bytes)),
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(
          fc.string().filter((key) => key !== '__proto__'),
          tie('node'),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    })).node;
    fc.assert(
      fc.property(value, (packed) => {
        expect(anything.unpack(anything.pack(packed))).toEqual(packed);
      }),
    );
  });

  test('is refused by its guard, and when bytes follow or are missing', () => {
    const packed = numbers.pack([1, 2, 300]);
    expect(numbers.unpack(packed)).toEqual([1, 2, 300]);
    const refused = expect.objectContaining({ code: 'GOSSIP_PAYLOAD' });
    const attempts = [anything.pack('text'), packed.subarray(1, 3), packed.subarray(0, 2), new Uint8Array(0)];
    for (const bytes of attempts) expect(() => numbers.unpack(bytes)).toThrow(refused);
    expect(() => anything.unpack(new Uint8Array(4000).fill(0x91))).toThrow(refused);
    expect(() => anything.unpack(Uint8Array.of(0xd4, 0x72, 0x40))).toThrow(refused);
  });

  test('cannot be a function, a date or bytes that fail otherwise than by their code', () => {
    const refused = expect.objectContaining({ code: 'GOSSIP_PAYLOAD' });
    expect(() => anything.pack(new Date(0))).toThrow(refused);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          anything.unpack(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'GOSSIP_PAYLOAD' });
        }
      }),
    );
  });
});
