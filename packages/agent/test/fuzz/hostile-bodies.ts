import { fieldsOf, type RecordShape, type Shape } from '../../../catalog/src/records/shape.ts';

/** Bodies that are wrong in one place each: every field of a record's description gets every hostile value. */

const nested = (open: string, close: string, levels: number): string =>
  open.repeat(levels) + close.repeat(levels);

/** JSON texts; some are no JSON at all. */
const hostileValues: readonly string[] = [
  'null',
  'true',
  '0',
  '-1',
  '1.5',
  '1e308',
  '1e400',
  '-0',
  '9007199254740993',
  '18446744073709551616',
  `1${'0'.repeat(400)}`,
  '""',
  '"x"',
  '"\\u0000"',
  '"\\ud800"',
  '"\\u202e\\ufeff"',
  '"\u{1f600}\u0301"',
  '"__proto__"',
  '"../../etc/passwd"',
  '"a\\nb\\r\\nX-Header: 1"',
  `"${'x'.repeat(100_000)}"`,
  `"${'\\u00e9'.repeat(5_000)}"`,
  '"10s"',
  '"-1s"',
  '"99999999999h"',
  '"1e9s"',
  '"0x10"',
  '"http://[::1"',
  '[]',
  '{}',
  '[null]',
  '{"a":null}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"a":1,"a":{"b":2},"A":[]}',
  nested('[', ']', 50),
  nested('[', ']', 20_000),
  nested('{"a":', '}', 20_000).replace(':}', ':1}'),
  `[${'0,'.repeat(20_000)}0]`,
  `{${Array.from({ length: 5_000 }, (_, i) => `"k${i}":"v"`).join(',')}}`,
  '[{}]',
  '"',
  '{"a"',
  'tru',
];

const placeholder = '@here@';

/** Where a value of the shape can stand, as the JSON text of a whole body with a placeholder. */
function placesIn(shape: Shape, around: (inner: string) => string): readonly string[] {
  const here = around(`"${placeholder}"`);
  switch (shape.kind) {
    case 'list':
      return [here, ...placesIn(shape.item, (inner) => around(`[${inner}]`))];
    case 'map':
      return [here, ...placesIn(shape.item, (inner) => around(`{"key":${inner}}`))];
    case 'pointer':
      return placesIn(shape.target, around);
    case 'record':
      return [here, ...placesInRecord(shape, around)];
    default:
      return [here];
  }
}

function placesInRecord(shape: RecordShape, around: (inner: string) => string): readonly string[] {
  const keys = [
    ...fieldsOf(shape).flatMap(({ name, aliases, shape: value }) =>
      [name, ...aliases].map((key) => [key, value] as const),
    ),
    ...Object.entries(shape.ignored),
  ];
  return keys.flatMap(([key, value]) =>
    placesIn(value, (inner) => around(`{${JSON.stringify(key)}:${inner}}`)),
  );
}

export interface HostileBody {
  readonly body: string;
  /** Which place and which value, for reports. */
  readonly label: string;
}

/**
 * Bodies with `usual` fields and one hostile value each, in the order of places and values.
 * @param usual makes the body acceptable but for that value; its fields come first, so the hostile one may repeat one.
 */
export function hostileBodies(
  shape: RecordShape,
  usual: Readonly<Record<string, unknown>>,
): readonly HostileBody[] {
  const first = JSON.stringify(usual).slice(0, -1);
  return placesInRecord(shape, (inner) => `${first},${inner.slice(1)}`).flatMap((place) =>
    hostileValues.map((value) => ({
      body: place.replace(`"${placeholder}"`, () => value),
      label: `${place.slice(first.length)} ${value.slice(0, 60)}`,
    })),
  );
}

/** A body cut short at every so many characters, and with bytes that are no UTF-8. */
export function brokenBodies(usual: Readonly<Record<string, unknown>>): readonly (string | Buffer)[] {
  const text = JSON.stringify(usual);
  const cut = Array.from({ length: text.length }, (_, length) => text.slice(0, length));
  const bytes = Buffer.from(text);
  const damaged = Array.from({ length: bytes.length }, (_, at) => {
    const copy = Buffer.from(bytes);
    copy[at] = 0xff;
    return copy;
  });
  return [...cut, ...damaged, `${text}x`, `${text}${text}`, `\ufeff${text}`, '[]', '"x"', '1', 'null'];
}
