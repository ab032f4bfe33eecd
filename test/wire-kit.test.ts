import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  compound,
  compressed,
  encrypted,
  lzw,
  openLayers,
  unlzw,
  withCrc,
} from './interop/wire-kit/layers.ts';
import { pack, unpack } from './interop/wire-kit/msgpack.ts';

/** The tests' own reading of the wire is held to the vectors too. */

const text = Buffer.from('TOBEORNOTTOBEORTOBEORNOT');
const ack = Buffer.concat([Buffer.of(2), pack({ Payload: null, SeqNo: 7 })]);

test('an ack packs to the bytes of the published vector', () => {
  expect(ack.toString('hex')).toBe('0282a75061796c6f6164c0a55365714e6f07');
  expect(unpack(ack, 1).value).toEqual({ Payload: null, SeqNo: 7 });
});

test('LZW packs to the vectors with and without a leading clear code', () => {
  expect(lzw(text).toString('hex')).toBe('00a93c1152e48914274fa80824687061c183090302');
  expect(lzw(text, { leadingClear: false }).toString('hex')).toBe('549e0829f2448a932754041234b8b0e0c1840101');
});

test.each([1, 2, 255, 5000, 60_000])('LZW of %d random and repeated bytes unpacks to the same', (count) => {
  for (const input of [randomBytes(count), Buffer.alloc(count, 'abcab')]) {
    expect(unlzw(lzw(input)).equals(input)).toBe(true);
    expect(unlzw(lzw(input, { leadingClear: false })).equals(input)).toBe(true);
  }
  expect(() => unlzw(lzw(text, { endCode: false }))).toThrow('end code');
});

test('all layers around two messages open to the two messages', () => {
  const key = Buffer.from('0123456789abcdef');
  const packet = encrypted(withCrc(compressed(compound(ack, ack))), key, 0);
  expect(openLayers(packet, key)).toEqual([ack, ack]);
  expect(withCrc(ack).subarray(0, 5).toString('hex')).toBe('0ca8cb2def');
});
