import { expect, test } from 'vitest';
import { decodeTags, encodeTags } from './tags.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('tags are a marked map, sorted so that equal tags are equal bytes', () => {
  expect(hex(encodeTags({ role: 'web' }))).toBe('ff81a4726f6c65a3776562');
  expect(hex(encodeTags({ b: '2', a: '1' }))).toBe(hex(encodeTags({ a: '1', b: '2' })));
  expect(hex(encodeTags({}))).toBe('ff80');
});

test('a long value is written as peers write it', () => {
  expect(hex(encodeTags({ a: 'x'.repeat(40) })).slice(0, 14)).toBe('ff81a161da0028');
});

test('before protocol 3 the metadata is the role alone', () => {
  expect(hex(encodeTags({ role: 'web', dc: 'east' }, { serfProtocol: 2 }))).toBe(hex(Buffer.from('web')));
  expect(hex(encodeTags({ dc: 'east' }, { serfProtocol: 2 }))).toBe('');
});

test('metadata without the mark is the role', () => {
  expect(decodeTags(Buffer.from('web'))).toEqual({ role: 'web' });
  expect(decodeTags(new Uint8Array(0))).toEqual({ role: '' });
});

test.each([8080, null, undefined, true, /x/])('a value that is not text (%s) is refused', (value) => {
  // Callers without TypeScript may pass any value.
  expect(() => encodeTags({ port: value as never })).toThrow(/value of tag "port" is a \w+, not text/);
});

test('tags of 512 bytes are encoded, and longer ones refused', () => {
  const overhead = encodeTags({ a: 'x'.repeat(300) }).length - 300;
  expect(encodeTags({ a: 'x'.repeat(512 - overhead) })).toHaveLength(512);
  expect(() => encodeTags({ a: 'x'.repeat(513 - overhead) })).toThrow(
    expect.objectContaining({ code: 'GOSSIP_TOO_LARGE', message: expect.stringContaining('513') }),
  );
});

test('names of JavaScript properties are names like any other', () => {
  const tags = JSON.parse('{"__proto__":"a","constructor":"b","10":"c","9":"d"}');
  const decoded = decodeTags(encodeTags(tags));
  expect(Object.entries(decoded).sort()).toEqual(Object.entries(tags).sort());
  expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
});

test('values in invalid UTF-8 keep their bytes', () => {
  const meta = Buffer.from('ff81a161a2ffe9', 'hex');
  expect(hex(encodeTags(decodeTags(meta)))).toBe(hex(meta));
});

test.each([
  ['is cut off', 'ff82a161a162', 'WIRE_TRUNCATED'],
  ['has a number for a value', 'ff82a161a162a16307', 'WIRE_MALFORMED'],
  ['is no map', 'ff07', 'WIRE_MALFORMED'],
  ['holds nothing but the mark', 'ff', 'WIRE_TRUNCATED'],
])('a map that %s is refused as a whole', (_what, meta, code) => {
  expect(() => decodeTags(Buffer.from(meta, 'hex'))).toThrow(expect.objectContaining({ code }));
});
