import fc from 'fast-check';
import { fieldsOf, type RecordShape, type Shape } from '../../../packages/catalog/src/records/shape.ts';

/** JSON texts of a record's shape in which some values are of another kind, out of range, repeated or unknown. */

const odd = [
  'true',
  '0',
  '-1',
  '1.5',
  '1e3',
  '99999999999999999999',
  '1e400',
  '"x"',
  '""',
  '"10s"',
  '[]',
  '[1]',
  '{}',
  '{"a":1}',
  '{"Name":"x"}',
];
const oddText = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...odd) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 2 }).filter((text) => !text.includes('null')) },
);

const texts: Readonly<Record<string, readonly string[]>> = {
  text: ['""', '"x1"', '"web"', '"10.1.0.1"', '"\\u00fc<&\\ud83d\\ude00"'],
  bool: ['true', 'false'],
  int: ['0', '1', '80', '-1', '65536'],
  uint: ['0', '1', '4096'],
  index: ['0', '7'],
  u64: ['0', '18446744073709551615'],
  float: ['0', '0.5', '-1e-3'],
  duration: ['"10s"', '"1h2m"', '"x"', '""', '1000000000', '1.5e9', '"-1s"'],
  bytes: ['""', '"YQ=="'],
  json: ['1', '"a"', '{"a":[1]}', 'true'],
};

/** What stands for null is left out: a real Consul closes the connection for some nulls, and ends for others. */
export function bodyOf(shape: RecordShape, always: readonly string[] = []): fc.Arbitrary<string> {
  return recordText(shape, always);
}

function valueText(shape: Shape): fc.Arbitrary<string> {
  return fc.oneof({ weight: 40, arbitrary: rightText(shape) }, { weight: 1, arbitrary: oddText });
}

function rightText(shape: Shape): fc.Arbitrary<string> {
  switch (shape.kind) {
    case 'list':
      return fc.array(valueText(shape.item), { maxLength: 2 }).map((items) => `[${items.join(',')}]`);
    case 'map':
      return fc
        .array(fc.tuple(fc.constantFrom('"a"', '"lan"', '"a b"', '"__proto__"'), valueText(shape.item)), {
          maxLength: 2,
        })
        .map(asObject);
    case 'pointer':
      return recordText(shape.target, []);
    case 'record':
      return recordText(shape, []);
    default:
      return fc.constantFrom(...(texts[shape.kind] ?? []));
  }
}

/** What we keep of a sidecar inside a sidecar is plain JSON, whose fields we do not check as a real Consul does. */
const notChecked: ReadonlySet<string> = new Set(['SidecarService', 'sidecar_service']);
/** Aliases of what is not there end a real Consul, or block it. Checks over gRPC we do not have. */
const neverSent: ReadonlySet<string> = new Set(['AliasNode', 'AliasService', 'GRPC']);

function recordText(shape: RecordShape, always: readonly string[]): fc.Arbitrary<string> {
  const keys = [
    ...fieldsOf(shape).flatMap(({ name, json, aliases, shape: value }) =>
      [...(json ? [name] : []), ...aliases].map((key) => [key, value] as const),
    ),
    ...Object.entries(shape.ignored),
  ].filter(([key, { kind }]) => !neverSent.has(key) && !(notChecked.has(key) && kind === 'json'));
  const entry = fc
    .constantFrom(...keys)
    .chain(([key, value]) =>
      fc.tuple(fc.constantFrom(key, key, key.toLowerCase()).map(quoted), valueText(value)),
    );
  const unknown = fc.tuple(fc.constantFrom('"Wrong"', '"__proto__"'), fc.constantFrom('1', '{}', '"x"'));
  const some = fc.array(fc.oneof({ weight: 40, arbitrary: entry }, { weight: 1, arbitrary: unknown }), {
    maxLength: 5,
    size: 'max',
  });
  const required = keys
    .filter(([key]) => always.includes(key))
    .map(([key, value]) => valueText(value).map((text) => [quoted(key), text] as [string, string]));
  return fc.tuple(fc.tuple(...required), some).map(([first, rest]) => asObject([...first, ...rest]));
}

function quoted(key: string): string {
  return JSON.stringify(key);
}

function asObject(entries: readonly (readonly [string, string])[]): string {
  return `{${entries.map(([key, value]) => `${key}:${value}`).join(',')}}`;
}
