import { WireError } from '@hobnob/gossip/codec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arbitraryOf, hostileJson } from '../../test/arbitrary.ts';
import { InputError } from '../go/input-error.ts';
import {
  AgentService,
  CheckDefinition,
  CheckServiceNode,
  CoordinateUpdateRequest,
  DeregisterRequest,
  RegisterRequest,
  ServiceDefinition,
  ServiceNode,
} from './index.ts';
import { msgpackOf } from './msgpack.ts';
import { readJson } from './read-json.ts';
import type { RecordShape } from './shape.ts';
import {
  bytes,
  durationText,
  float,
  index,
  int,
  json,
  listOf,
  mapOf,
  record,
  text,
  u64,
  uint,
} from './shape.ts';
import { jsonWriter } from './write-json.ts';

const Every = record('Every', {
  Text: text,
  Int: int,
  Uint: uint,
  Index: index,
  U64: u64,
  Float: float,
  Duration: durationText,
  Bytes: bytes,
  Json: json,
  List: listOf(listOf(u64)),
  Map: mapOf(mapOf(json)),
});

const shapes: readonly (readonly [string, RecordShape])[] = [
  ['every kind', Every],
  ['AgentService', AgentService],
  ['CheckDefinition', CheckDefinition],
  ['CheckServiceNode', CheckServiceNode],
  ['CoordinateUpdateRequest', CoordinateUpdateRequest],
  ['DeregisterRequest', DeregisterRequest],
  ['RegisterRequest', RegisterRequest],
  ['ServiceDefinition', ServiceDefinition],
  ['ServiceNode', ServiceNode],
];

/** Runs what may refuse its input, and lets only the declared refusal pass. */
function refusing<T>(kind: typeof InputError | typeof WireError, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(kind);
    return undefined;
  }
}

describe.each(shapes)('%s', (_name, shape) => {
  const write = jsonWriter(shape);
  const codec = msgpackOf(shape);

  test('what is written as JSON reads back the same, compact and pretty', () => {
    fc.assert(
      fc.property(arbitraryOf(shape), (value) => {
        const written = write(value);
        expect(String(write(readJson(shape, written)))).toBe(String(written));
        const pretty = jsonWriter(shape, 'pretty')(value);
        expect(String(write(readJson(shape, pretty)))).toBe(String(written));
        // JSON.parse agrees that it is JSON; Go's rules about numbers and escapes hold besides.
        expect(JSON.parse(String(pretty))).toEqual(JSON.parse(String(written)));
      }),
    );
  });

  test('what is written as MessagePack reads back the same', () => {
    fc.assert(
      fc.property(arbitraryOf(shape), (value) => {
        const written = codec.encode(value);
        expect(Buffer.from(codec.encode(codec.decode(written))).equals(written)).toBe(true);
      }),
    );
  });

  test('hostile JSON is read or refused, and reaches no prototype', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).length;
    fc.assert(
      fc.property(hostileJson(shape), (source) => {
        const value = refusing(InputError, () => readJson(shape, Buffer.from(source)));
        if (value !== undefined) JSON.parse(String(write(value)));
        expect(Object.getOwnPropertyNames(Object.prototype).length).toBe(before);
      }),
    );
  });

  test('any bytes are read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (source) => {
        refusing(InputError, () => readJson(shape, source));
        refusing(WireError, () => codec.decode(source));
      }),
    );
  });

  test('damaged MessagePack is read or refused', () => {
    fc.assert(
      fc.property(arbitraryOf(shape), fc.nat(), fc.integer({ min: 0, max: 255 }), (value, at, byte) => {
        const damaged = Uint8Array.from(codec.encode(value));
        damaged[at % damaged.length] = byte;
        const read = refusing(WireError, () => codec.decode(damaged));
        if (read !== undefined) JSON.parse(String(write(read)));
      }),
    );
  });
});

test.each([
  ['lists', '['.repeat(100_000)],
  ['objects', '{"a":'.repeat(100_000)],
  ['both, inside a map of anything', `{"Proxy":{"Config":{"a":${'[{"b":'.repeat(50_000)}`],
])('%s too deep inside one another are refused', (_what, source) => {
  expect(() => readJson(ServiceDefinition, Buffer.from(source))).toThrow(
    expect.objectContaining({ code: 'INPUT_LIMIT' }),
  );
});
