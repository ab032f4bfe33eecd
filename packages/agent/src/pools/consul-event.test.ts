import { encodeMsgpack } from '@hobnob/gossip/codec';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ConsulEvent, decodeConsulEvent, encodeConsulEvent, eventIndex } from './consul-event.ts';

const id = 'f8c01c7e-eac8-f488-8411-53739507b715';
const bare: ConsulEvent = {
  id,
  name: 'bare',
  payload: new Uint8Array(0),
  nodeFilter: '',
  serviceFilter: '',
  tagFilter: '',
  version: 1,
};
const idHex = Buffer.from(id).toString('hex');

test('an event without payload and filters has the bytes that a real agent sends', () => {
  expect(Buffer.from(encodeConsulEvent(bare)).toString('hex')).toBe(
    `83a24944d924${idHex}a16ea462617265a17601`,
  );
});

test('a payload is bytes, not text', () => {
  const hex = Buffer.from(encodeConsulEvent({ ...bare, payload: Buffer.from('abc') })).toString('hex');
  expect(hex).toBe(`84a24944d924${idHex}a16ea462617265a170c403616263a17601`);
});

test('whatever is encoded is decoded to the same', () => {
  const text = fc.string({ unit: 'binary' });
  const payload = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(text, payload, text, text, (name, bytes, nodeFilter, tagFilter) => {
      const event = { ...bare, name, payload: bytes, nodeFilter, serviceFilter: 'web', tagFilter };
      expect(decodeConsulEvent(encodeConsulEvent(event))).toEqual(event);
    }),
  );
});

test('the old family of text and bytes is understood, as are an upper-case id and unknown keys', () => {
  const fields = { ID: id.toUpperCase(), n: 'old', p: Buffer.from([0, 255]), v: 1, zz: 5 };
  const event = decodeConsulEvent(encodeMsgpack(fields, { family: 'raw' }));
  expect(event).toMatchObject({ id, name: 'old', version: 1 });
  expect([...event.payload]).toEqual([0, 255]);
});

test.each([
  ['no id', { n: 'x', v: 1 }],
  ['an id that is no UUID', { ID: 'x', n: 'x', v: 1 }],
  ['a name that is no text', { ID: id, n: 5, v: 1 }],
])('%s is refused', (_, fields) => {
  expect(() => decodeConsulEvent(encodeMsgpack(fields, { family: 'spec' }))).toThrow(
    expect.objectContaining({ code: 'WIRE_MALFORMED' }),
  );
});

test('bytes of a stranger never do worse than a WireError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeConsulEvent(bytes);
      } catch (error) {
        expect(error).toMatchObject({ name: 'WireError' });
      }
    }),
  );
});

test('the index of an event is that of a real agent', () => {
  expect(eventIndex(id)).toBe(8994056850233050013n);
  expect(eventIndex('b4d26d40-001a-9055-49c5-a01c71318910')).toBe(18237271012979448133n);
});
