import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CatalogCoordinate, CheckServiceNode, HealthCheck, NodeRecord, ServiceNode } from './index.ts';
import { jsonListPieces, jsonPieces } from './json-pieces.ts';
import { readJson } from './read-json.ts';
import {
  bool,
  bytes,
  durationNs,
  durationText,
  field,
  float,
  index,
  json,
  listOf,
  mapOf,
  pointerTo,
  type RecordShape,
  record,
  text,
  u64,
} from './shape.ts';
import { jsonWriter } from './write-json.ts';
import { create } from './zero.ts';

const shapes = { CatalogCoordinate, CheckServiceNode, HealthCheck, NodeRecord, ServiceNode };

interface Answer {
  readonly shape: keyof typeof shapes;
  readonly path: string;
  readonly body: string;
}

const { answers } = JSON.parse(
  readFileSync(new URL('../../test/vectors/json-answers.json', import.meta.url), 'utf8'),
) as { readonly answers: readonly Answer[] };

/** The compact form of what Go indented: no line of a JSON text is inside a string. */
function compacted(pretty: string): string {
  const lines = pretty.split('\n').map((line) => line.trimStart());
  return lines.map((line) => line.replace(/^("(?:[^"\\]|\\.)*":) /, '$1')).join('');
}

test.each(answers)('the answer to $path is written as Consul wrote it', ({ shape, body }) => {
  const list = listOf<RecordShape>(shapes[shape]);
  const rows = readJson(list, Buffer.from(body));
  expect(`${jsonWriter(list, 'pretty')(rows)}\n`).toBe(body);
  expect(String(jsonWriter(list)(rows))).toBe(compacted(body));
});

const Every = record('Every', {
  T: text,
  B: bool,
  U: u64,
  F: float,
  N: durationNs,
  D: field(durationText, { omitEmpty: true }),
  Y: bytes,
  J: json,
  M: field(mapOf(u64), { omitEmpty: true }),
  Hidden: field(text, { json: false }),
});

test('values keep every bit and are safe inside HTML', () => {
  const value = create(Every, {
    T: '<a href="x">\u2028 é \b\ud800',
    B: true,
    U: 2n ** 64n - 1n,
    F: -0,
    N: -1n,
    D: 90_000_000_000n,
    Y: Uint8Array.of(0, 255),
    J: { b: [1e-7, Number.NaN], a: null },
    M: { 10: 1n, 9: 2n },
    Hidden: 'secret',
  });
  expect(String(jsonWriter(Every)(value))).toBe(
    `{"T":"\\u003ca href=\\"x\\"\\u003e\\u2028 é \\u0008\\ufffd","B":true,"U":18446744073709551615,"F":-0,"N":-1,` +
      `"D":"1m30s","Y":"AP8=","J":{"a":null,"b":[1e-7,null]},"M":{"10":1,"9":2}}`,
  );
});

test('a long text is escaped like a short one', () => {
  const long = 'é<'.repeat(2_000);
  expect(String(jsonWriter(text)(long))).toBe(`"${'é\\u003c'.repeat(2_000)}"`);
});

test.each(['compact', 'pretty'] as const)('a list in %s pieces is the whole list', (layout) => {
  for (const count of [0, 1, 99, 100, 101, 250]) {
    const rows = Array.from({ length: count }, (_, i) => create(NodeRecord, { Node: `n${i}` }));
    const pieces = [...jsonListPieces(NodeRecord, rows, layout)];
    expect(pieces.length).toBe(Math.floor(count / 100) + 1);
    const whole = jsonWriter(listOf(NodeRecord), layout)(rows);
    expect(Buffer.concat(pieces).equals(whole)).toBe(true);
  }
});

test.each(['compact', 'pretty'] as const)('a record in %s pieces is the whole record', (layout) => {
  const shape = record('Found', {
    Rows: listOf(record('Row', { Name: text, Tags: listOf(text) })),
    Left: field(text, { omitEmpty: true }),
    Others: listOf(text),
    Count: index,
  });
  const rows = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ Name: `n${at}`, Tags: ['a', 'b'] }));
  for (const [count, Others] of [
    [0, null],
    [99, []],
    [100, ['x']],
    [250, ['x', 'y']],
  ] as const) {
    const value = { Rows: rows(count), Left: '', Others, Count: count };
    const pieces = [...jsonPieces(shape, value, layout)];
    expect(pieces.length).toBe(count > 100 ? Math.floor(count / 100) + 1 : 1);
    expect(String(Buffer.concat(pieces))).toBe(String(jsonWriter(shape, layout)(value)));
  }
});

test.each(['compact', 'pretty'] as const)(
  'what is long inside of %s values is written in pieces',
  (layout) => {
    const row = record('Row', {
      Name: text,
      Meta: mapOf(text),
      Inner: pointerTo(record('Inner', { Tags: listOf(text) })),
    });
    const shape = mapOf(listOf(row));
    const many = (count: number) => Array.from({ length: count }, (_, at) => `${at}`);
    const meta = Object.fromEntries(many(350).map((key) => [`k${key}`, key]));
    const value = {
      none: null,
      empty: [],
      short: [{ Name: 'a', Meta: null, Inner: null }],
      deep: [
        { Name: 'b', Meta: meta, Inner: { Tags: many(250) } },
        { Name: 'c', Meta: {}, Inner: { Tags: [] } },
      ],
      wide: many(150).map((Name) => ({ Name, Meta: null, Inner: null })),
    };
    const pieces = [...jsonPieces(shape, value, layout)];
    // Three of the metadata, two of the tags, one of the rows, and the last.
    expect(pieces.length).toBe(7);
    expect(String(Buffer.concat(pieces))).toBe(String(jsonWriter(shape, layout)(value)));
  },
);

test.each(['compact', 'pretty'] as const)(
  'an empty collection in %s pieces has no line of its own',
  (layout) => {
    expect(String(Buffer.concat([...jsonPieces(mapOf(text), {}, layout)]))).toBe('{}');
    expect(String(Buffer.concat([...jsonPieces(mapOf(text), null, layout)]))).toBe('null');
    expect(String(Buffer.concat([...jsonPieces(listOf(text), [], layout)]))).toBe('[]');
  },
);

test('large values are written one by one', () => {
  const shape = record('Found', { Entries: listOf(record('Entry', { Value: bytes })) });
  const value = { Entries: Array.from({ length: 4 }, () => ({ Value: Buffer.alloc(100_000) })) };
  const pieces = [...jsonPieces(shape, value)];
  expect(pieces.length).toBe(5);
  expect(String(Buffer.concat(pieces))).toBe(String(jsonWriter(shape)(value)));
});

test('any value in pieces is what its writer gives', () => {
  const shape = listOf(
    record('Any', {
      Tags: listOf(text),
      Meta: mapOf(listOf(text)),
      Left: field(listOf(text), { omitEmpty: true }),
    }),
  );
  const texts = fc.array(fc.string(), { maxLength: 120 });
  const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
  const rows = fc.array(
    fc.record({
      Tags: nullable(texts),
      Meta: nullable(fc.dictionary(fc.string(), texts)),
      Left: nullable(texts),
    }),
  );
  fc.assert(
    fc.property(rows, fc.constantFrom('compact' as const, 'pretty' as const), (value, layout) => {
      const written = String(Buffer.concat([...jsonPieces(shape, value, layout)]));
      expect(written).toBe(String(jsonWriter(shape, layout)(value)));
    }),
  );
});

test('records that are written in turn do not mix', () => {
  const shape = record('Found', { Rows: listOf(text) });
  const value = (name: string) => ({ Rows: Array.from({ length: 150 }, (_, at) => `${name}${at}`) });
  const [a, b] = [jsonPieces(shape, value('a')), jsonPieces(shape, value('b'))];
  const written = { a: '', b: '' };
  for (let piece = 0; piece < 2; piece += 1) {
    written.a += String(a.next().value);
    written.b += String(b.next().value);
  }
  expect(JSON.parse(written.a)).toEqual(value('a'));
  expect(JSON.parse(written.b)).toEqual(value('b'));
});

test('lists that are written in turn, one of which fails, do not mix', () => {
  const shape = record('Item', { Name: text });
  const items = (prefix: string) => Array.from({ length: 250 }, (_, i) => ({ Name: `${prefix}-${i}` }));
  function* failing() {
    yield { Name: 'lost' };
    throw new Error('broken');
  }
  const [a, b] = [jsonListPieces(shape, items('a')), jsonListPieces(shape, items('b'))];
  const written = { a: '', b: '' };
  for (let turn = 0; turn < 4; turn += 1) {
    written.a += String(a.next().value ?? '');
    expect(() => [...jsonListPieces(shape, failing())]).toThrow('broken');
    written.b += String(b.next().value ?? '');
  }
  expect(JSON.parse(written.a)).toEqual(items('a'));
  expect(JSON.parse(written.b)).toEqual(items('b'));
});

test('a value after one that could not be written is written whole', () => {
  const write = jsonWriter(record('Tagged', { Name: text, Tags: listOf(text) }));
  const broken = { Name: 'lost', Tags: undefined } as unknown as Parameters<typeof write>[0];
  expect(() => write(broken)).toThrow(TypeError);
  expect(String(write({ Name: 'n', Tags: ['a'] }))).toBe('{"Name":"n","Tags":["a"]}');
});
