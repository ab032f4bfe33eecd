import { writeGoJson } from '@hobnob/agent/watching';
import { describe, expect, test } from 'vitest';
import { decodeBase64 } from './go-base64.ts';
import { formatGoMs, goDurationNs, goUint64 } from './go-numbers.ts';
import { alignTabs } from './tab-text.ts';

/** What Go's standard library makes of the same input; most of it was printed by commands of Consul 1.8.7. */

test.each([
  ['18446744073709551615', 18446744073709551615n],
  ['0x1F', 31n],
  ['017', 15n],
  ['0o17', 15n],
  ['0b11', 3n],
  ['1_000', 1000n],
  ['0', 0n],
  ['-1', undefined],
  ['08', undefined],
  ['1__0', undefined],
  ['', undefined],
  ['1.5', undefined],
])('the unsigned integer %j is %s', (text, value) => {
  expect(goUint64(text)).toBe(value);
});

test('an unsigned integer too long to be read is beyond 64 bits', () => {
  expect(BigInt.asUintN(64, goUint64('9'.repeat(100_000)) ?? 0n)).not.toBe(goUint64('9'.repeat(100_000)));
});

test.each([
  ['30s', 30_000_000_000n],
  ['1h2m3.5s', 3_723_500_000_000n],
  ['-1.5h', -5_400_000_000_000n],
  ['100ms', 100_000_000n],
  ['.5s', 500_000_000n],
  ['0', 0n],
  ['1', undefined],
  ['s', undefined],
  ['1x', undefined],
  ['', undefined],
  ['9999999h', undefined],
])('the duration %j is %s ns', (text, value) => {
  expect(goDurationNs(text)).toBe(value);
});

test.each([
  [0, '0s'],
  [20, '20ms'],
  [1500, '1.5s'],
  [5_000, '5s'],
  [80_000, '1m20s'],
  [180_000, '3m0s'],
  [3_600_000, '1h0m0s'],
])('%i ms are written %s', (ms, text) => {
  expect(formatGoMs(ms)).toBe(text);
});

describe('base64', () => {
  test.each([
    ['', ''],
    ['AP8=', '\x00\xff'],
    ['YQ=\n=\n', 'a'],
    ['YWI\r\n=', 'ab'],
  ])('%j is decoded', (text, bytes) => {
    expect(decodeBase64(text)).toEqual({ ok: true, bytes: Buffer.from(bytes, 'latin1') });
  });

  test.each([
    ['!!', 0],
    ['YQ=', 3],
    ['YQ==x', 4],
    ['Y', 0],
    ['Y=Q=', 1],
    ['YQ\n\nx', 2],
    ['YQ=x', 2],
    ['YQ-_', 2],
  ])('%j is refused at byte %i', (text, at) => {
    expect(decodeBase64(text)).toEqual({ ok: false, problem: `illegal base64 data at input byte ${at}` });
  });
});

describe('JSON', () => {
  const value = { b: [1n, 'x<>&\u2028\b\f\\b"\u007f'], a: {}, c: [], d: undefined, e: null };

  test('is written without spaces, with the escapes of Go, and fields in their order', () => {
    expect(writeGoJson(value)).toBe(
      `${String.raw`{"b":[1,"x\u003c\u003e\u0026\u2028\u0008\u000c\\b\"`}\u007f"],"a":{},"c":[],"e":null}`,
    );
  });

  test('takes lines with an indent, but not for what is empty', () => {
    expect(writeGoJson([{ a: 18446744073709551615n }, [], {}], '\t')).toBe(
      '[\n\t{\n\t\t"a": 18446744073709551615\n\t},\n\t[],\n\t{}\n]',
    );
  });
});

test.each([
  ['Flags\t0\nValue\tx', 'Flags      0\nValue      x'],
  ['K\tl1\tx\nl2\ty\tz\nq', 'K       l1      x\nl2      y       z\nq'],
  ['Key\te\nValue\t', 'Key      e\nValue'],
  ['V\t\n\tz', 'V      \n       z'],
])('the columns of %j are aligned', (text, aligned) => {
  expect(Buffer.from(alignTabs(Buffer.from(text))).toString()).toBe(aligned);
});

test('columns keep bytes that are no text', () => {
  const bytes = Buffer.from([0xff, 0x09, 0x00, 0x0d, 0x0a, 0xfe]);
  expect(Buffer.from(alignTabs(bytes))).toEqual(
    Buffer.concat([Buffer.from([0xff]), Buffer.from('      '), Buffer.from([0x00, 0x0d, 0x0a, 0xfe])]),
  );
});
