import { Writer, writeArrayHeader, writeMapHeader, writeRawText } from '@hobnob/gossip/codec';
import { expect, test } from 'vitest';
import { create, NodeService, RegisterRequest } from '../records/index.ts';
import { type ReadStateOptions, readState } from './read-state.ts';
import { header, recordType, registrations } from './state-records.ts';

/** Records that are small as bytes and large once they are decoded. */

async function* inPieces(bytes: Uint8Array, each: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += each) yield bytes.subarray(at, at + each);
}

const read = (bytes: Uint8Array, each: number, options?: ReadStateOptions) =>
  readState(inPieces(bytes, each), options);

/** A state with one session, which depends on checks of which nothing is said. */
function sessionOf(checksCount: number): Uint8Array {
  const writer = new Writer();
  header.write(writer, { LastIndex: 1 });
  writer.u8(recordType.session);
  writeMapHeader(writer, 2);
  writeRawText(writer, 'ID');
  writeRawText(writer, 'x');
  writeRawText(writer, 'ServiceChecks');
  writeArrayHeader(writer, checksCount);
  writer.bytes(new Uint8Array(checksCount).fill(0x80));
  return writer.finish();
}

/** Whether each piece comes alone, or all at once. */
const pieceBytes = [64 * 1024, 8 * 1024 * 1024];

test.each(pieceBytes)('a record of too many parts is refused, in pieces of %i bytes', async (each) => {
  await expect(read(sessionOf(1_500_000), each)).rejects.toMatchObject({
    code: 'CATALOG_SNAPSHOT',
    message: 'the snapshot cannot be read: a value has more than 1000000 parts',
  });
});

test.each(pieceBytes)(
  'a long record is charged before it is decoded, in pieces of %i bytes',
  async (each) => {
    const charged: number[] = [];
    const charge = (bytes: number): void => {
      charged.push(bytes);
      if (bytes > 50_000_000) throw new RangeError('no room');
    };
    await expect(read(sessionOf(900_000), each, { charge })).rejects.toThrow('no room');
    expect(charged.at(-1)).toBe(900_005 * 80);
  },
);

test.each([1000, ...pieceBytes])('a long record is read as it was, in pieces of %i bytes', async (each) => {
  const Service = create(NodeService, { ID: 'web', Service: 'web', Tags: new Array(200_000).fill('a tag') });
  const registration = create(RegisterRequest, { Node: 'n1', Service });
  const writer = new Writer();
  header.write(writer, { LastIndex: 7 });
  for (const body of [create(RegisterRequest, { Node: 'n1' }), registration, registration]) {
    writer.u8(recordType.registration);
    registrations.write(writer, body);
  }
  const { index, tables } = await read(writer.finish(), each);
  expect(index).toBe(7);
  expect(tables.instances.list('').map(({ service }) => service)).toEqual([Service]);
});
